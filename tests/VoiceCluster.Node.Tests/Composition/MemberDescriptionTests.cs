using System.Text;
using System.Text.Json;
using VoiceCluster.Domain.Identities;
using VoiceCluster.Domain.Membership;
using VoiceCluster.Domain.Placement;
using VoiceCluster.Node.Composition;

namespace VoiceCluster.Node.Tests.Composition;

public sealed class MemberDescriptionTests
{
    private static readonly NodeIncarnation Node = new(new NodeId("voice-1"), 7);

    [Fact]
    public void A_report_that_was_written_is_read_again()
    {
        var report = new NodeLoadReport
        {
            Node = Node,
            Region = "paris",
            Load = 0.125,
            Users = 3,
            CapacityUsers = 100,
            JoinsPerSecond = 1.5,
            JoinsLastMinute = 20,
            ReconnectsLastMinute = 4,
            Ready = false,
            HasRoom = false,
            Draining = true,
        };
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("region", "paris");
            json.WriteString("endpoint", "voice.test:443");
            json.WriteString("link", "10.0.0.5:7400");
            MemberDescription.Write(json, report);
            json.WriteEndObject();
        }

        var read = Read(Encoding.UTF8.GetString(text.ToArray()), draining: true);

        read.Load.ShouldBe(report);
        read.Endpoint.ShouldBe("voice.test:443");
        read.Link!.Port.ShouldBe(7400);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"endpoint":7}""")]
    [InlineData("""{"link":"nowhere"}""")]
    [InlineData("""{"load":{"share":"much"}}""")]
    [InlineData("""{"region":"paris","load":{"share":0.5,"users":99999999999}}""")]
    public void What_cannot_be_read_is_as_if_it_were_not_there(string text) => Read(text).ShouldBe(new MemberDescription(null, null, null));

    [Fact]
    public void A_member_that_no_link_leads_to_is_given_nobody()
    {
        const string text = """{"region":"paris","endpoint":"voice.test:443","load":{"share":0.5,"users":9,"capacity":100,"joins_per_second":1,"joins_last_minute":1,"reconnects_last_minute":0,"ready":true,"room":true}}""";

        Read(text).Load!.Draining.ShouldBeFalse();
        MemberDescription.Read(new MemberRow(Node, MemberStanding.Live, Draining: false, TimeSpan.Zero, text, Reached: false)).Load!.Draining.ShouldBeTrue();
    }

    [Fact]
    public void A_member_that_says_nothing_of_its_load_is_found_by_link() =>
        Read("""{"link":"10.0.0.5:7400","color":"blue"}""").Link!.Host.ShouldBe("10.0.0.5");

    private static MemberDescription Read(string text, bool draining = false) =>
        MemberDescription.Read(new MemberRow(Node, MemberStanding.Live, draining, TimeSpan.Zero, text));
}
