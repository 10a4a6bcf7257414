# Rscript make_ratio.R > poisson_test.csv ; R 4.2.2, stats::poisson.test
pairs <- expand.grid(a = c(0, 1, 3, 10, 47, 300), b = c(0, 2, 12, 80, 1000))
weeks <- list(c(17.142857142857142, 17.285714285714285), c(52, 156), c(1, 1))
cat("count,weeks,reference_count,reference_weeks,level,ratio,lower,upper\n")
for (level in c(0.95, 0.8)) for (w in weeks[if (level == 0.95) 1:3 else 1]) for (i in seq_len(nrow(pairs))) {
  a <- pairs$a[i]; b <- pairs$b[i]
  if (a + b == 0) next
  ci <- poisson.test(c(a, b), c(w[1], w[2]), conf.level = level)$conf.int
  cat(paste(sprintf("%.17g", c(a, w[1], b, w[2], level, (a / w[1]) / (b / w[2]), ci)), collapse = ","), "\n", sep = "")
}
