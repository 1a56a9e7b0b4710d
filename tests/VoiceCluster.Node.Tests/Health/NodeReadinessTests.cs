using VoiceCluster.Node.Health;

namespace VoiceCluster.Node.Tests.Health;

public sealed class NodeReadinessTests
{
    private readonly NodeReadiness _readiness = new();

    [Fact]
    public void IsReady_BeforeTheListenersAreOpen_IsFalse()
    {
        _readiness.IsReady.ShouldBeFalse();
        _readiness.Conditions.ShouldBe([new ReadinessCondition(NodeReadiness.Listening, false, "starting")]);
    }

    [Fact]
    public void IsReady_OneConditionOfSeveralNotMet_IsFalse()
    {
        _readiness.Met(NodeReadiness.Listening);
        _readiness.IsReady.ShouldBeTrue();
        _readiness.NotMet("store", "no connection");
        _readiness.IsReady.ShouldBeFalse();
        _readiness.Conditions.ShouldContain(new ReadinessCondition("store", false, "no connection"));
        _readiness.Met("store");
        _readiness.IsReady.ShouldBeTrue();
    }

    [Fact]
    public void Watch_Condition_IsJudgedWhenAsked()
    {
        string? reason = null;
        _readiness.Met(NodeReadiness.Listening);
        _readiness.Watch("media", () => reason);
        _readiness.IsReady.ShouldBeTrue();
        reason = "no media worker runs";
        _readiness.IsReady.ShouldBeFalse();
    }
}
