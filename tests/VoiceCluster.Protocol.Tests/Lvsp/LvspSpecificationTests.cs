using System.Text;
using System.Text.RegularExpressions;
using VoiceCluster.Protocol.Lvsp;
using VoiceCluster.Protocol.Lvsp.Client;
using VoiceCluster.TestKit;

namespace VoiceCluster.Protocol.Tests.Lvsp;

/// <summary>Holds <c>docs/lvsp.md</c> to the code: every example in it is one that this server takes or sends.</summary>
public sealed partial class LvspSpecificationTests
{
    private static readonly string Specification = File.ReadAllText(RepositoryRoot.PathOf("docs/lvsp.md"));

    [Fact]
    public void Every_message_of_the_backend_in_the_scenarios_asks_for_something()
    {
        var messages = Examples('C');
        messages.Count.ShouldBeGreaterThan(10);
        foreach (var json in messages)
        {
            LvspFrameReader.TryRead(Encoding.UTF8.GetBytes(json), out var frame, out _).ShouldBeTrue(json);
            (frame is LvspFrame.Request or LvspFrame.Resume).ShouldBeTrue(json);
        }
    }

    [Fact]
    public void Every_message_of_the_server_in_the_scenarios_is_one_that_a_backend_understands()
    {
        var messages = Examples('S');
        messages.Count.ShouldBeGreaterThan(10);
        foreach (var json in messages)
        {
            LvspServerMessageReader.TryRead(Encoding.UTF8.GetBytes(json), out var message).ShouldBeTrue(json);
            if (message is LvspServerMessage.Info { Notice: var notice, Form: var form, SequenceNumber: var number })
            {
                notice.ShouldNotBeNull(json);
                LvspNoticeWriter.TryWriteBody(notice, form, litecordCompatibility: false, out var body).ShouldBeTrue();
                LvspRig.Utf8(LvspServerFrames.Info(number, body.Span)).ShouldBe(json);
            }
        }
    }

    [Fact]
    public void Every_close_reason_of_the_server_is_explained()
    {
        var reasons = typeof(LvspCloseReason).GetFields().Select(field => (string)field.GetRawConstantValue()!);
        string[] selfExplaining =
        [
            LvspCloseReason.NotDecodable, LvspCloseReason.BinaryFrame, LvspCloseReason.FrameTooLarge,
            LvspCloseReason.UnknownSession, LvspCloseReason.ShuttingDown,
        ];
        foreach (var reason in reasons.Except(selfExplaining))
        {
            Specification.ShouldContain($"`{reason}`");
        }
    }

    [Fact]
    public void Every_reason_in_notices_is_explained()
    {
        foreach (var field in typeof(LvspReason).GetFields())
        {
            Specification.ShouldContain($"| `{field.GetRawConstantValue()}` |");
        }
    }

    /// <summary>The messages after "C  " or "S  ", up to the remark beside them; not those that are cut short.</summary>
    private static List<string> Examples(char side)
    {
        var text = Continuation().Replace(Specification, "");
        return
        [
            .. text.Split('\n')
                .Where(line => line.StartsWith($"{side}  {{", StringComparison.Ordinal) && !line.Contains("{…}"))
                .Select(line => line[3..].Split("    ")[0].TrimEnd()),
        ];
    }

    [GeneratedRegex("(?<=,)\n   (?=\")", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Continuation();
}
