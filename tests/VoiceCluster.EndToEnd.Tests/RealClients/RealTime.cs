namespace VoiceCluster.EndToEnd.Tests.RealClients;

/// <summary>Tests with clients that are judged frame by frame, in real time: one after the other, when the tests that fill the machine have ended.</summary>
[CollectionDefinition(nameof(RealTime), DisableParallelization = true)]
public sealed class RealTime;
