# R 4.2.2: Rscript make_weekly.R, in this folder. Made-up weekly counts of five years from
# 2019-01-07, through week 53 of 2020, and their decomposition.
set.seed(7)
t <- 0:259
x <- rpois(260, 12 * exp(0.4 * cos(2 * pi * (t - 26) / 52) + 0.001 * t))
start <- as.Date("2019-01-07") + 7 * t
write.csv(data.frame(start, count = x), "weekly_counts.csv", row.names = FALSE, quote = FALSE)
parts <- stl(ts(x, frequency = 52), s.window = "periodic")$time.series
write.csv(data.frame(start, apply(parts, 2, sprintf, fmt = "%.12f")),
          "stl_weekly_periodic_R.csv", row.names = FALSE, quote = FALSE)
