# Run: Rscript make_lawless.R
# Reports n(day, delay) = max(0, (7 day + 13 delay) mod 11 - delay div 5), day 0-119, delay 0-56;
# seen on day 119: those with day + delay <= 119.
suppressMessages(library(surveillance))
grid <- expand.grid(day = 0:119, delay = 0:56)
n <- pmax(0, (7 * grid$day + 13 * grid$delay) %% 11 - grid$delay %/% 5)
n[grid$day + grid$delay > 119] <- 0
rows <- grid[rep(seq_len(nrow(grid)), n), ]
origin <- as.Date("2024-01-01")
data <- data.frame(event = origin + rows$day, report = origin + rows$day + rows$delay)
now <- origin + 119
invisible(capture.output(found <- nowcast(
  now, now - 56:0, data, dEventCol = "event", dReportCol = "report", D = 56, method = "lawless",
  control = list(dRange = c(origin, now), N.tInf.max = 500)
)))
lines <- sprintf("%d,%.12f", 0:56, delayCDF(found)[["lawless"]][1:57])
writeLines(c("age,share_in", lines), "lawless.csv")
