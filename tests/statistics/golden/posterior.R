# SPDX-License-Identifier: GPL-3.0-or-later
# Reference values of R-hat, ESS and MCSE by the R package posterior 1.4.0
# (Debian: r-cran-posterior, R 4.2.2, posterior's code and none of mutau's).
#   Rscript posterior.R > posterior.csv
#   Rscript posterior.R --check posterior.csv   exits 1 if the table is not reproduced
# The draws come from integer and IEEE +, -, *, / only, so that every language
# gets the same bits: a Park-Miller generator, sums of uniforms for normals, and
# ratios of those for heavy tails.  tests/statistics/golden_draws.h is its twin.
if (!requireNamespace("posterior", quietly = TRUE)) quit(status = 77)
suppressMessages(library(posterior))

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

# x[draw, chain]; a chain is an AR(1) process with coefficient `a`, then changed
# as the case says.  Chains are filled one after the other.
draws <- function(case) {
    state <<- case$seed
    x <- matrix(0, case$n_draw, case$n_chain)
    for (c in seq_len(case$n_chain)) {
        y <- normal()
        for (t in seq_len(case$n_draw)) {
            y <- case$a * y + normal()
            x[t, c] <- switch(case$kind,
                plain = y,
                cauchy = y / normal(),
                ties = floor(1.5 * y),
                modes = if (c %% 2 == 0) y + 20 else y - 20,
                outlier = if (c == 1) y + 2 else y,
                drift = y + 3 * t / case$n_draw,
                wide = if (c == 1) 10 * y else y,
                frozen = if (c == 1) 0.25 else y,
                stuck = c * c,
                shifted = 1000 + y / 64,
                sign = if (y > 0) 1 else 0)
        }
    }
    x
}

cases <- read.csv(text = "name,kind,seed,n_draw,n_chain,a
iid,plain,101,1000,4,0
ar,plain,102,1000,4,0.90625
slow,plain,103,400,8,0.984375
cauchy,cauchy,104,500,8,0.5
ties,ties,105,400,6,0.5
odd,plain,106,501,5,0.5
odd-ties,ties,107,333,3,0.75
many,plain,108,64,128,0.75
modes-32,modes,109,200,32,0.75
modes-64,modes,110,100,64,0.75
modes-128,modes,111,100,128,0.75
outlier,outlier,112,300,16,0.5
drift,drift,113,300,3,0.5
wide,wide,114,600,4,0.25
single,plain,115,2000,1,0.75
antithetic,plain,116,1000,4,-0.5
capped,plain,117,800,2,-0.9375
frozen,frozen,118,250,6,0.5
stuck,stuck,119,50,5,0
shifted,shifted,120,500,4,0.75
sign,sign,121,500,4,0.75
long,plain,122,8000,16,0.96875
n4,plain,123,4,3,0
n5,plain,124,5,3,0
n6,plain,125,6,3,0.5
n7,plain,126,7,2,0.5
n9,plain,127,9,1,0.5
n10,plain,128,10,3,0.5
n11,plain,129,11,2,-0.5
n12,plain,130,12,4,0.75
n14,plain,131,14,2,0.875
n15,ties,132,15,3,0.5
n16,plain,133,16,1,-0.875
n24,plain,134,24,2,0.25
constant,stuck,135,20,1,0
large,plain,136,1000,300,0
", strip.white = TRUE, stringsAsFactors = FALSE)

probabilities <- c(0, 0.025, 0.05, 0.16, 0.25, 0.84, 0.95, 0.975, 1)

row <- function(case) {
    x <- draws(case)
    quiet <- function(v) suppressWarnings(v)
    values <- c(
        quiet(rhat(x)), quiet(ess_bulk(x)), quiet(ess_tail(x)), mean(x), stats::sd(x),
        quiet(mcse_mean(x)), stats::median(x), quiet(mcse_median(x)))
    for (p in probabilities) {
        q <- unname(quantile(as.vector(x), p))
        values <- c(values, q, quiet(ess_quantile(x, p, names = FALSE)),
                    quiet(mcse_quantile(x, p, names = FALSE)))
    }
    text <- ifelse(is.na(values), "nan", sprintf("%.17g", values))
    paste(c(case$name, case$kind, case$seed, case$n_draw, case$n_chain,
            sprintf("%.17g", case$a), text), collapse = ",")
}

head <- c("name", "kind", "seed", "n_draw", "n_chain", "a", "rhat", "ess_bulk", "ess_tail",
          "mean", "sd", "mcse_mean", "median", "mcse_median")
for (p in probabilities) head <- c(head, paste0(c("q", "ess_q", "mcse_q"), p))
lines <- c(paste("# posterior", packageVersion("posterior"), "by posterior.R"),
           paste(head, collapse = ","))
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
        same <- (is.nan(old) & is.nan(new)) | old == new |
            abs(old - new) <= 1e-9 * abs(old)
        if (!all(same)) stop("not reproduced: ", stored[i])
    }
} else {
    writeLines(lines)
}
