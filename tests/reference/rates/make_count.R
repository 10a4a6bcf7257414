# Rscript make_count.R > count_interval.csv ; R 4.2.2, stats::poisson.test
cat("count,level,lower,upper\n")
for (level in c(0.95, 0.8)) for (n in c(0, 1, 2, 5, 10, 33, 150, 2000)) {
  ci <- poisson.test(n, conf.level = level)$conf.int
  cat(sprintf("%d,%.2f,%.17g,%.17g\n", n, level, ci[1], ci[2]))
}
