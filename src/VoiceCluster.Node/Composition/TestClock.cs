using System.Globalization;

namespace VoiceCluster.Node.Composition;

/// <summary>The machine's clocks with a wall clock that somebody sets wrong while the node runs: what <c>--test-clock</c> is for. Safe for calls from any thread.</summary>
/// <remarks>The file holds by how many seconds. One that is not there or cannot be read changes nothing.</remarks>
internal sealed class TestClock : TimeProvider, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly string _file;
    private readonly ITimer _reading;
    private long _offset;

    public TestClock(string file)
    {
        _file = file;
        Read();
        _reading = TimeProvider.System.CreateTimer(static clock => ((TestClock)clock!).Read(), this, Interval, Interval);
    }

    public override DateTimeOffset GetUtcNow() => TimeProvider.System.GetUtcNow().AddTicks(Volatile.Read(ref _offset));

    public void Dispose() => _reading.Dispose();

    private void Read()
    {
        try
        {
            if (double.TryParse(File.ReadAllText(_file), NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds)
                && Math.Abs(seconds) <= TimeSpan.FromDays(366).TotalSeconds)
            {
                Volatile.Write(ref _offset, TimeSpan.FromSeconds(seconds).Ticks);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is written at this moment, or nobody has written it yet.
        }
    }
}
