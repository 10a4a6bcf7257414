# Reference values for est_analysis.farrington: R's surveillance::farringtonFlexible.
# Run in this folder: Rscript make_reference.R
suppressMessages(library(surveillance))
set.seed(20251123)
weeks <- 330
time <- 1:weeks
wave <- cos(2 * pi * time / 52)
series <- list(
  busy = rnbinom(weeks, mu = 12 * exp(0.3 * wave), size = 12),
  low = rpois(weeks, 1.5 * exp(0.3 * wave)),
  rare = rpois(weeks, 0.2),
  trend = rpois(weeks, 6 * exp(0.003 * time)),
  falling = rpois(weeks, 20 * exp(-0.004 * time + 0.2 * wave)),
  outbreak = rpois(weeks, 5 + ifelse(time %in% 266:271, 40, 0)),
  now = rpois(weeks, 4 + ifelse(time >= 318, 14, 0)),
  clustered = rnbinom(weeks, mu = 8, size = 2)
)
counts <- do.call(cbind, series)
write.csv(data.frame(week = time, counts), "counts.csv", row.names = FALSE, quote = FALSE)
parameters <- list(
  improved_nb = list(noPeriods = 10, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                     thresholdMethod = "nbPlugin", alpha = 0.01),
  improved_muan = list(noPeriods = 10, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                       thresholdMethod = "muan", alpha = 0.01),
  improved_delta = list(noPeriods = 10, pastWeeksNotIncluded = 26, pThresholdTrend = 1,
                        thresholdMethod = "delta", alpha = 0.05),
  original = list(noPeriods = 1, pastWeeksNotIncluded = 3, pThresholdTrend = 0.05,
                  weightsThreshold = 1, thresholdMethod = "delta", alpha = 0.05),
  original_half = list(noPeriods = 1, pastWeeksNotIncluded = 3, pThresholdTrend = 0.05,
                       thresholdMethod = "delta", alpha = 0.01, powertrans = "1/2"),
  original_none = list(noPeriods = 1, pastWeeksNotIncluded = 3, pThresholdTrend = 0.05,
                       thresholdMethod = "delta", alpha = 0.01, powertrans = "none"),
  unweighted = list(noPeriods = 5, pastWeeksNotIncluded = 26, pThresholdTrend = 0.05,
                    thresholdMethod = "nbPlugin", alpha = 0.01, reweight = FALSE),
  no_trend = list(noPeriods = 10, pastWeeksNotIncluded = 26, trend = FALSE,
                  thresholdMethod = "nbPlugin", alpha = 0.01)
)
rows <- list()
for (name in names(parameters)) for (key in names(series)) {
  s <- sts(series[[key]], frequency = 52, start = c(2019, 1))
  control <- c(list(range = 316:324, b = 5, w = 3), parameters[[name]])
  found <- suppressWarnings(farringtonFlexible(s, control = control))
  rows[[length(rows) + 1]] <- data.frame(
    setting = name, series = key, week = 316:324,
    expected = as.numeric(found@control$expected), upper = as.numeric(found@upperbound),
    alarm = as.integer(found@alarm), score = as.numeric(found@control$score),
    trend = as.integer(found@control$trend), slope = as.numeric(found@control$trendVector),
    phi = as.numeric(found@control$phiVector), pvalue = as.numeric(found@control$pvalue))
}
out <- do.call(rbind, rows)
numbers <- sapply(out, is.numeric)
out[numbers] <- lapply(out[numbers], function(x) signif(x, 12))
write.csv(out, "farrington.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "surveillance", as.character(packageVersion("surveillance")), "\n")
