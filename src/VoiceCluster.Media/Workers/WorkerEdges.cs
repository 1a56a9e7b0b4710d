using System.Threading.Channels;
using VoiceCluster.Domain.Media;

namespace VoiceCluster.Media.Workers;

/// <summary>What a worker has to tell control; when nobody listens the oldest goes, and is counted.</summary>
internal sealed class WorkerEdges
{
    private readonly Channel<MediaEdge> _channel;
    private long _dropped;

    public WorkerEdges(int capacity) => _channel = Channel.CreateBounded<MediaEdge>(
        new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = false, SingleWriter = false },
        _ => Interlocked.Increment(ref _dropped));

    public ChannelReader<MediaEdge> Reader => _channel.Reader;

    public long Dropped => Interlocked.Read(ref _dropped);

    public void Tell(MediaEdge edge) => _channel.Writer.TryWrite(edge);

    public void Complete() => _channel.Writer.TryComplete();
}
