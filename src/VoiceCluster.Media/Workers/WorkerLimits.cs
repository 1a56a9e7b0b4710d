using VoiceCluster.Media.Limits;

namespace VoiceCluster.Media.Workers;

/// <summary>The options as the packet path needs them.</summary>
internal sealed class WorkerLimits(MediaOptions options)
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    public int MaximumDatagramBytes { get; } = options.MaximumDatagramBytes;

    public long MaximumAgeNanoseconds { get; } = options.MaximumAge.Ticks * 100;

    public long Standstill { get; } = options.StandstillLimit.Ticks;

    public long ReportInterval { get; } = options.ReportInterval.Ticks;

    public readonly Rate Packets = new(options.PacketsPerSecond, OneSecond);

    public readonly Rate VideoPackets = new(options.VideoPacketsPerSecond, OneSecond);

    public Rate StrangerPackets { get; } = new(options.StrangerPacketsPerSecond, OneSecond);

    public Rate FailedOpens { get; } = new(options.FailedOpensPerSecond, OneSecond);

    public Rate Answers { get; } = new(options.AnswersPerSecond, TimeSpan.FromSeconds(10));

    public Rate UnconfirmedBytes { get; } = new(options.UnconfirmedBitsPerSecond / 8, OneSecond);
}
