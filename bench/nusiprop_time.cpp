// SPDX-License-Identifier: GPL-3.0-or-later
// nuSIprop's time of one evaluation, best of several, in microseconds; and then its three flavours in
// the bins of `bench_solvers scalar`, which solvers.py compares.  Compiled by solvers.py against a
// nuSIprop that is there already.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "nuSIprop.hpp"

int main(int argc, char *argv[])
{
    const int n_bin = argc > 1 ? std::atoi(argv[1]) : 300; // a multiple of 15, from 1 TeV to 100 PeV
    nuSIprop::calculate_flux flux(6.5e6, 1e-2, 0.1, 2.5, 1.0, true, false, true, n_bin);
    double best = HUGE_VAL;
    for (int k = 0; k < 7; k++) {
        const std::clock_t begin = std::clock();
        flux.evolve();
        const double took = 1e6 * double(std::clock() - begin) / CLOCKS_PER_SEC;
        best = std::fmin(best, took);
    }
    std::printf("%.1f\n", best);
    const int third = n_bin / 15;
    for (int b = 0; b < 12; b++)
        for (int a = 0; a < 3; a++) {
            double sum = 0.0;
            for (int k = b * third; k < (b + 1) * third; k++) {
                const double lo = std::pow(10.0, 3.0 + 5.0 * k / n_bin);
                const double hi = std::pow(10.0, 3.0 + 5.0 * (k + 1) / n_bin);
                sum += flux.get_flux_fla(a, k) * (hi - lo);
            }
            std::printf("%.10g\n", sum);
        }
    return 0;
}
