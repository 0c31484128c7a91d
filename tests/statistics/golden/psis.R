# SPDX-License-Identifier: GPL-3.0-or-later
# Reference values of Pareto-smoothed importance sampling by the R package loo 2.5.1
# (Debian: r-cran-loo, R 4.2.2, loo's code and none of mutau's).
#   Rscript psis.R > psis.csv
#   Rscript psis.R --check psis.csv     exits 1 if the table is not reproduced
# The ratios are made of a Park-Miller generator, sums of 12 uniforms for normals, and
# the logarithm; tests/statistics/test_psis_golden.c makes the same.
if (!requireNamespace("loo", quietly = TRUE)) quit(status = 77)
suppressMessages(library(loo))

state <- 0
uniform <- function() {
    state <<- (16807 * state) %% 2147483647
    state / 2147483647
}
normal <- function() {
    sum <- 0
    for (i in 1:12) sum <- sum + uniform()
    sum - 6
}

ratios <- function(case) {
    state <<- case$seed
    x <- numeric(case$n)
    for (i in seq_len(case$n)) {
        x[i] <- switch(case$kind,
            normal = case$scale * normal(),
            pareto = -case$scale * log(uniform()),
            bounded = { y <- normal(); -case$scale * y * y },
            ties = floor(4 * case$scale * normal()) / 4,
            shifted = case$scale * normal() - 5000)
    }
    x
}

cases <- read.csv(text = "name,kind,seed,n,scale,r_eff
flat,normal,201,4000,0.03125,1
mild,normal,202,4000,0.5,1
wide,normal,203,4000,2,1
wild,normal,204,2000,8,1
k-0.3,pareto,205,10000,0.3,1
k-0.5,pareto,206,10000,0.5,1
k-0.7,pareto,207,10000,0.7,1
k-1,pareto,208,10000,1,1
k-2,pareto,209,3000,2,1
bounded,bounded,210,5000,0.5,1
bounded-wide,bounded,211,5000,8,1
ties,ties,212,6000,1,1
shifted,shifted,213,4000,1,1
slow,normal,214,8000,1,0.0625
slower,pareto,215,8000,0.6,0.005
antithetic,normal,216,4000,1,1.75
n21,normal,217,21,1,1
n25,normal,218,25,1,1
n100,pareto,219,100,0.5,1
n224,normal,220,224,1,1
n226,normal,221,226,1,1
n500,normal,222,500,1,0.5
n20,normal,223,20,1,1
large,normal,225,200000,1.5,0.25
", strip.white = TRUE, stringsAsFactors = FALSE)

row <- function(case) {
    x <- ratios(case)
    fit <- suppressWarnings(psis(matrix(x), r_eff = case$r_eff))
    w <- as.vector(fit$log_weights)
    share <- exp(w - max(w))
    share <- share / sum(share)
    tail <- attr(fit, "tail_len")
    # the sum of the weights, their effective number, and which draws have them
    values <- c(fit$diagnostics$pareto_k, tail, max(w), log(sum(exp(w - max(w)))) + max(w),
                1 / sum(share^2), sum(share * seq_along(w)) / length(w))
    text <- ifelse(is.infinite(values), "inf", sprintf("%.17g", values))
    paste(c(case$name, case$kind, case$seed, case$n, sprintf("%.17g", case$scale),
            sprintf("%.17g", case$r_eff), text), collapse = ",")
}

lines <- c(paste("# loo", packageVersion("loo"), "by psis.R"),
           "name,kind,seed,n,scale,r_eff,khat,n_tail,max_lw,ln_sum,ess,centre")
for (i in seq_len(nrow(cases))) lines <- c(lines, row(cases[i, ]))

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 2 && arguments[1] == "--check") {
    stored <- readLines(arguments[2])
    if (length(stored) != length(lines)) stop("the table has another number of rows")
    for (i in 3:length(lines)) {
        old <- strsplit(stored[i], ",")[[1]]
        new <- strsplit(lines[i], ",")[[1]]
        stopifnot(identical(old[1:6], new[1:6]))
        old <- as.numeric(old[-(1:6)])
        new <- as.numeric(new[-(1:6)])
        same <- (is.infinite(old) & is.infinite(new)) | abs(old - new) <= 1e-9 * abs(old)
        if (!all(same)) stop("not reproduced: ", stored[i])
    }
} else {
    writeLines(lines)
}
