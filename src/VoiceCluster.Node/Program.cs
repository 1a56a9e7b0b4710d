using VoiceCluster.Node.Startup;

return await new NodeProcess(Console.Out, Console.Error, TimeProvider.System).RunAsync(args, CancellationToken.None);
