/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a launcher has started this process as one of several. */
#include <stdlib.h>

#include "ranks.h"

static int count_in(const char *variable)
{
    const char *text = getenv(variable);
    return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

int ranks_launched(void)
{
    /* Open MPI's mpirun; the mpirun of MPICH and its kin, and srun --mpi=pmi2. */
    static const char *const variables[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        if (count_in(variables[i]) > 0)
            return count_in(variables[i]);
    /* srun --mpi=pmix.  Without PMIx, tasks of srun are separate programs. */
    if (getenv("PMIX_RANK") == NULL)
        return 1;
    const int n = count_in("SLURM_STEP_NUM_TASKS");
    return n > 0 ? n : 2; /* unknown, perhaps several: MPI will know */
}
