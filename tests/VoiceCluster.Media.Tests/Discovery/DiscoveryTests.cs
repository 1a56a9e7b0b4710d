using VoiceCluster.Media.Tests.Support;
using VoiceCluster.Media.Workers;
using VoiceCluster.Protocol.Primitives;
using VoiceCluster.Protocol.Udp;
using VoiceCluster.TestKit;
using VoiceCluster.Udp;

namespace VoiceCluster.Media.Tests.Discovery;

public sealed class DiscoveryTests : IDisposable
{
    private readonly MediaBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Theory]
    [InlineData(IpDiscoveryForm.Current)]
    [InlineData(IpDiscoveryForm.LegacySsrcFirst)]
    [InlineData(IpDiscoveryForm.LegacyTyped)]
    [InlineData(IpDiscoveryForm.LegacySsrcLast)]
    public void Every_form_is_answered_once_and_binds(IpDiscoveryForm form)
    {
        var client = _bed.Connect();

        _bed.Deliver(client, client.Discovery(form));

        var answer = _bed.TakeSent(client.Endpoint).ShouldHaveSingleItem();
        answer.Length.ShouldBe(client.Discovery(form).Length);
        IpDiscovery.TryParseResponse(answer, out var response).ShouldBeTrue();
        response.Address.ShouldBe(client.Endpoint.ToIPAddress());
        response.Port.ShouldBe(client.Endpoint.Port);
        _bed.Session(client).Binding.Endpoint.ShouldBe(client.Endpoint);
    }

    [Fact]
    public void Answers_are_those_of_the_vectors()
    {
        using var vectors = Vectors.Load("udp_control");
        foreach (var vector in vectors.RootElement.GetProperty("ip_discovery").EnumerateArray())
        {
            var from = Ipv4Endpoint.FromIPEndPoint(System.Net.IPEndPoint.Parse(vector.GetProperty("from").GetString()!));

            _bed.Deliver(from, vector.Hex("request"));

            _bed.TakeSent(from).ShouldHaveSingleItem().ShouldBe(vector.Hex("response"));
        }
    }

    [Fact]
    public void Unknown_source_is_answered_but_binds_nothing()
    {
        var stranger = _bed.NewEndpoint();
        var request = new byte[74];
        IpDiscovery.WriteRequest(IpDiscoveryForm.Current, new Ssrc(99), request);

        _bed.Deliver(stranger, request);
        _bed.TakeSent(stranger).Count.ShouldBe(1);

        _bed.Deliver(stranger, new byte[8]);
        _bed.TakeSent(stranger).ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.NotBound).ShouldBe(1);
    }

    [Fact]
    public void A_repeated_request_is_answered_again_also_after_the_session_is_up()
    {
        var client = _bed.Join();
        for (var i = 0; i < 3; i++)
        {
            _bed.Deliver(client, client.Discovery());
        }

        _bed.TakeSent(client.Endpoint).Count.ShouldBe(3);
    }

    [Fact]
    public void Answers_to_one_address_are_limited_and_others_are_not_hurt()
    {
        using var bed = new MediaBed(new MediaOptions { AnswersPerSecond = 1 });
        var client = bed.Connect();
        var other = bed.Connect();
        for (var i = 0; i < 30; i++)
        {
            bed.Deliver(client.Endpoint with { Port = (ushort)(1000 + i) }, client.Discovery());
        }

        bed.Deliver(other, other.Discovery());

        bed.Socket.Sent.Count.ShouldBe(11);
        bed.Dropped(PacketDropReason.AnswerLimit).ShouldBe(20);
        bed.TakeSent(other.Endpoint).Count.ShouldBe(1);

        bed.Pass(TimeSpan.FromSeconds(2));
        bed.Deliver(client, client.Discovery());
        bed.TakeSent(client.Endpoint).Count.ShouldBe(1);
    }

    [Fact]
    public void A_site_of_a_thousand_users_behind_one_address_is_answered()
    {
        var address = _bed.NewEndpoint().Address;
        for (var port = 1; port <= 1000; port++)
        {
            var client = _bed.Connect();
            client.Endpoint = new Ipv4Endpoint(address, (ushort)port);
            _bed.Deliver(client, client.Discovery());
        }

        _bed.Socket.Sent.Count.ShouldBe(1000);
    }

    [Fact]
    public void Echo_and_ping_are_answered_to_clients_that_have_been_told_their_key()
    {
        var client = _bed.Connect();
        byte[] counter = [42, 0, 0, 0, 0, 0, 0, 0];
        byte[] ping = [0x13, 0x37, 0xCA, 0xFE, 0, 0, 0, 1];

        _bed.Deliver(client, counter);
        _bed.Deliver(client, ping);
        _bed.Socket.Sent.ShouldBeEmpty();

        _bed.Deliver(client, client.Discovery());
        _bed.TakeSent(client.Endpoint).Count.ShouldBe(1);
        _bed.Deliver(client, counter);
        _bed.Deliver(client, ping);
        _bed.Socket.Sent.ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.NotBound).ShouldBe(4);

        _bed.Session(client).EnableSending(_bed.Configure(client));
        _bed.Deliver(client, counter);
        _bed.Deliver(client, ping);

        var answers = _bed.TakeSent(client.Endpoint);
        answers[0].ShouldBe(counter);
        answers[1].ShouldBe(new byte[] { 0x13, 0x37, 0xF0, 0x0D, 0, 0, 0, 1 });
    }

    [Fact]
    public void A_closed_session_leaves_no_bound_address()
    {
        var client = _bed.Join();
        _bed.Sessions.Close(_bed.Session(client), _bed.Now);

        _bed.Deliver(client, new byte[8]);

        _bed.Socket.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void An_address_shared_by_sessions_stays_served_until_all_that_have_their_key_are_gone()
    {
        var shared = _bed.NewEndpoint();
        var clients = Enumerable.Range(0, 4).Select(_ => _bed.Connect()).ToArray();
        foreach (var client in clients)
        {
            client.Endpoint = shared;
            _bed.Deliver(client, client.Discovery());
        }

        foreach (var client in clients[..3])
        {
            _bed.Session(client).EnableSending(_bed.Configure(client));
        }

        foreach (var leaving in new[] { clients[1], clients[2], clients[0] })
        {
            _bed.TakeSent(shared);
            _bed.Deliver(shared, new byte[8]);
            _bed.TakeSent(shared).Count.ShouldBe(1);
            _bed.Sessions.Close(_bed.Session(leaving), _bed.Now);
        }

        _bed.Deliver(shared, new byte[8]);
        _bed.TakeSent(shared).ShouldBeEmpty();
    }

    [Fact]
    public void A_session_that_leaves_a_shared_address_is_served_at_its_new_one_only()
    {
        var (mover, other) = (_bed.Join(), _bed.Connect());
        var shared = mover.Endpoint;
        other.Endpoint = shared;
        _bed.Deliver(other, other.Discovery());
        _bed.Plan(mover);
        mover.Endpoint = _bed.NewEndpoint();
        _bed.Speak(mover);
        _bed.Socket.Sent.Clear();

        _bed.Deliver(shared, new byte[8]);
        _bed.Deliver(mover.Endpoint, new byte[8]);

        _bed.TakeSent(shared).ShouldBeEmpty();
        _bed.TakeSent(mover.Endpoint).Count.ShouldBe(1);
    }

    [Fact]
    public void Keepalives_that_want_no_answer_get_none()
    {
        var client = _bed.Join();
        _bed.Deliver(client, [0xC9, 0, 0, 0, 0, 0, 0, 0, 0]);
        _bed.Deliver(client, [0x80, 0xC8, 0, 0]);
        _bed.Deliver(client, []);

        _bed.Socket.Sent.ShouldBeEmpty();
        _bed.Dropped(PacketDropReason.NotServed).ShouldBe(3);
    }
}
