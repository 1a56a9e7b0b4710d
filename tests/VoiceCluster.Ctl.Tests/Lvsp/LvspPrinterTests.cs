using VoiceCluster.Ctl.Lvsp;

namespace VoiceCluster.Ctl.Tests.Lvsp;

public sealed class LvspPrinterTests
{
    [Fact]
    public void Pretty_short_message_stays_on_one_line() => LvspPrinter.Pretty("{\"op\":5}").ShouldBe("{\"op\":5}");

    [Fact]
    public void Pretty_long_message_is_indented()
    {
        var message = """{"op":6,"d":{"type":4,"data":{"user_id":"40","session_id":"SESSION"}}}""".Replace("SESSION", new string('x', 80));

        LvspPrinter.Pretty(message).ShouldContain("\n      \"user_id\": \"40\",\n");
    }

    [Fact]
    public void Pretty_what_is_no_json_stays_as_it_is()
    {
        var text = new string('{', 200);

        LvspPrinter.Pretty(text).ShouldBe(text);
    }
}
