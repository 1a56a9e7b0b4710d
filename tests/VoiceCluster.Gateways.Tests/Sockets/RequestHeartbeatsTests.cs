using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using VoiceCluster.Gateways.Sockets;
using VoiceCluster.TestKit;

namespace VoiceCluster.Gateways.Tests.Sockets;

public sealed class RequestHeartbeatsTests : IDisposable
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();
    private readonly RequestHeartbeats _heartbeats;
    private readonly TaskCompletionSource _served = new();
    private readonly List<object> _beats = [];

    public RequestHeartbeatsTests() => _heartbeats = new RequestHeartbeats(_time);

    public void Dispose() => _heartbeats.Dispose();

    [Fact]
    public void Each_connection_is_looked_after_each_second()
    {
        Connect("one");
        Connect("other");

        _time.Advance(2 * Second);

        _beats.Order().ShouldBe(["one", "one", "other", "other"]);
    }

    [Fact]
    public void A_connection_that_has_become_a_web_socket_is_left_alone()
    {
        var connection = Connect("one");
        Connect("other");

        RequestHeartbeats.End(new DefaultHttpContext(new FeatureCollection(connection.Features)));
        _time.Advance(Second);

        _beats.ShouldBe(["other"]);
    }

    [Fact]
    public void A_connection_that_is_over_is_forgotten()
    {
        Connect("one");

        _served.SetResult();
        _time.Advance(Second);

        _beats.ShouldBeEmpty();
    }

    [Fact]
    public void A_connection_that_cannot_be_looked_after_is_cut_and_the_others_are_looked_after_all_the_same()
    {
        var broken = Connect("broken", _ => throw new InvalidOperationException("on purpose"));
        var whole = Connect("whole");

        _time.Advance(2 * Second);

        broken.ConnectionClosed.IsCancellationRequested.ShouldBeTrue();
        whole.ConnectionClosed.IsCancellationRequested.ShouldBeFalse();
        _beats.ShouldBe(["whole", "whole"]);
    }

    [Fact]
    public void Without_a_connection_there_is_nothing_to_end() => RequestHeartbeats.End(new DefaultHttpContext());

    private AbortedContext Connect(string name, Action<object>? beat = null)
    {
        var aborted = new CancellationTokenSource();
        var connection = new AbortedContext(aborted) { ConnectionClosed = aborted.Token };
        _ = _heartbeats.Use(served =>
        {
            served.Features.GetRequiredFeature<IConnectionHeartbeatFeature>().OnHeartbeat(beat ?? _beats.Add, name);
            return _served.Task;
        })(connection);
        return connection;
    }

    private sealed class AbortedContext(CancellationTokenSource aborted) : DefaultConnectionContext
    {
        public override void Abort(ConnectionAbortedException abortReason) => aborted.Cancel();
    }
}
