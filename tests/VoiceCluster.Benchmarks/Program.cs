using BenchmarkDotNet.Running;

// All of them: --filter '*'. A quick proof that they still run: --filter '*' --job Dry.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
