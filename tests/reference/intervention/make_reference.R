# Reference values for est_analysis.intervention: Rscript make_reference.R in this folder.
set.seed(4)
weeks <- 182; time <- 1:weeks; after <- as.integer(time > 156)
wave <- cbind(cos(2 * pi * time / 52.1775), sin(2 * pi * time / 52.1775),
              cos(4 * pi * time / 52.1775), sin(4 * pi * time / 52.1775))
common <- 0.3 * wave[, 1]
target <- rnbinom(weeks, mu = 6 * exp(common) * 0.7^after, size = 12)
other <- rnbinom(weeks, mu = 15 * exp(common), size = 30)
exposure <- round(runif(weeks, 0.6, 1), 3)
used <- as.integer(time <= 143 | after == 1)
data <- data.frame(week = time, target, other, exposure, after, used, wave)
write.csv(data, "series.csv", row.names = FALSE, quote = FALSE)
one <- glm(target ~ after + wave + offset(log(exposure)), quasipoisson, data, subset = used == 1)
two <- glm(target ~ after + wave + I((time - weeks / 2) / 52) + offset(log(exposure)),
           quasipoisson, data, subset = used == 1)
three <- glm(cbind(target, other) ~ after, quasibinomial, data, subset = used == 1)
rows <- sapply(list(interrupted = one, trend = two, controlled = three), function(m) {
  s <- summary(m); c(effect = unname(coef(m)["after"]), error = s$coefficients["after", 2],
                     dispersion = s$dispersion, freedom = m$df.residual) })
write.csv(signif(t(rows), 12), "fits.csv", quote = FALSE)
cat(R.version.string, "\n")
