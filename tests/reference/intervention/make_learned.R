# Reference values for est_analysis.intervention.wander: Rscript make_learned.R in this folder.
# The covariance is written out in full and solved densely; the package filters it.
set.seed(7)
blocks <- 40; after <- as.numeric(1:blocks > 33); week <- 4 * (1:blocks) - 134
week[20] <- week[20] + 1.5  # blocks are not evenly spaced where weeks are missing
time <- week / 52
wave <- cbind(cos(2 * pi * time), sin(2 * pi * time), cos(4 * pi * time), sin(4 * pi * time), time)
total <- rpois(blocks, 80); offset <- round(rnorm(blocks, 0, 0.05), 4)
count <- rbinom(blocks, total, plogis(-1.1 + offset - 0.3 * after + 0.2 * wave[, 1]))
data <- data.frame(count, total, offset, after, time, wave)
names(data)[6:10] <- c("w1", "w2", "w3", "w4", "years")
write.csv(data, "shares.csv", row.names = FALSE, quote = FALSE)
rows <- list()
for (tried in c(0, -0.4)) {
  # level of the blocks before alone, by R's own fit
  level <- coef(glm(cbind(count, total - count) ~ offset(offset), binomial, data,
                    subset = after == 0, epsilon = 1e-14))
  mean <- plogis(level + offset + tried * after); v <- total * mean * (1 - mean)
  z <- (count - total * mean) / v
  for (sd in c(0, 0.2, 0.6)) for (life in c(6 / 52, 2)) for (season in c(0.05, 0.35)) {
    phi <- 1.4; slope <- 0.15
    V <- diag(1 / v) + sd^2 / phi * 2^(-abs(outer(time, time, "-")) / life) +
      wave %*% diag(c(season^2 * c(1, 1, 1/4, 1/4), slope^2) / phi) %*% t(wave)
    X <- cbind(1, after); W <- solve(V); A <- t(X) %*% W %*% X; b <- solve(A, t(X) %*% W %*% z)
    e <- z - X %*% b
    rows[[length(rows) + 1]] <- data.frame(tried, sd, life, season, slope, phi, effect = b[2],
      variance = solve(A)[2, 2], squares = c(t(e) %*% W %*% e),
      log_volume = c(determinant(V)$modulus + determinant(A)$modulus))
  }
}
out <- do.call(rbind, rows); out[] <- lapply(out, signif, 12)
write.csv(out, "learned.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "\n")
