// Loaded into a measured process with --require: leaves its processor time and peak memory in the file BENCH_USAGE.
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const figures = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, peak_rss_mb: Math.round(maxRSS / 1024) };
  require('node:fs').writeFileSync(process.env.BENCH_USAGE, JSON.stringify(figures));
});
