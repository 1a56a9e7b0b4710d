using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests;

public sealed class SendLoopTests
{
    private const int PerCall = 4;

    private readonly DatagramSocketCounters _counters = new();
    private readonly List<int> _delivered = [];
    private readonly Dictionary<int, Queue<int>> _errors = [];

    [Fact]
    public void All_go_out_in_order_however_few_a_call_takes()
    {
        Send(10);

        _delivered.ShouldBe(Enumerable.Range(0, 10));
        (_counters.SendFailures, _counters.SendUnreachable, _counters.SendBufferFull).ShouldBe((0, 0, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void One_that_cannot_be_reached_is_counted_as_such_and_delays_nobody(int position)
    {
        Fail(position, LibC.ErrorNetworkUnreachable);

        Send(10);

        _delivered.ShouldBe(Enumerable.Range(0, 10).Where(index => index != position));
        (_counters.SendFailures, _counters.SendUnreachable, _counters.SendBufferFull).ShouldBe((0, 1, 0));
    }

    [Fact]
    public void Several_in_a_row_that_the_system_refuses_are_each_skipped_and_counted()
    {
        const int NotPermitted = 1;
        Fail(3, NotPermitted);
        Fail(4, NotPermitted);
        Fail(5, LibC.ErrorConnectionRefused);

        Send(10);

        _delivered.ShouldBe([0, 1, 2, 6, 7, 8, 9]);
        (_counters.SendFailures, _counters.SendUnreachable, _counters.SendBufferFull).ShouldBe((2, 1, 0));
    }

    [Theory]
    [InlineData(LibC.ErrorTryAgain)]
    [InlineData(LibC.ErrorNoBuffers)]
    public void A_full_buffer_drops_what_is_left_and_says_how_much(int error)
    {
        Fail(6, error);

        Send(10);

        _delivered.ShouldBe([0, 1, 2, 3, 4, 5]);
        (_counters.SendFailures, _counters.SendUnreachable, _counters.SendBufferFull).ShouldBe((0, 0, 4));
    }

    [Fact]
    public void A_call_that_a_signal_interrupts_is_made_again()
    {
        Fail(4, LibC.ErrorInterrupted);

        Send(10);

        _delivered.ShouldBe(Enumerable.Range(0, 10));
        _counters.SendFailures.ShouldBe(0);
    }

    [Fact]
    public void No_errors_lead_to_a_datagram_that_goes_out_twice()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        int[] errors = [1, LibC.ErrorInterrupted, LibC.ErrorHostUnreachable, LibC.ErrorTryAgain];
        for (var round = 0; round < 500; round++)
        {
            _delivered.Clear();
            _errors.Clear();
            var before = Lost();
            for (var i = 0; i < random.Next(12); i++)
            {
                Fail(random.Next(20), errors[random.Next(errors.Length)]);
            }

            Send(20);

            _delivered.SequenceEqual(_delivered.Distinct().Order()).ShouldBeTrue($"seed {seed}, round {round}");
            (_delivered.Count + Lost() - before).ShouldBe(20, $"seed {seed}, round {round}");
        }
    }

    private long Lost() => _counters.SendFailures + _counters.SendUnreachable + _counters.SendBufferFull;

    private void Fail(int position, int error)
    {
        _errors.TryAdd(position, []);
        _errors[position].Enqueue(error);
    }

    private void Send(int datagrams)
    {
        using var batch = new SendBatch(datagrams);
        for (var i = 0; i < datagrams; i++)
        {
            batch.NextSlot()[0] = (byte)i;
            batch.Commit(1, new Ipv4Endpoint(1, 1));
        }

        SendLoop.Run(batch.Count, (first, count) => Kernel(batch, first, count), _counters);
    }

    // As sendmmsg does: it stops before the first that fails, and tells of the failure only if that is the first of the call.
    private int Kernel(SendBatch batch, int first, int count)
    {
        var sent = 0;
        while (sent < PerCall && sent < count)
        {
            var position = first + sent;
            if (_errors.TryGetValue(position, out var errors) && errors.Count > 0)
            {
                return sent > 0 ? sent : -errors.Dequeue();
            }

            _delivered.Add(batch.Datagram(position)[0]);
            sent++;
        }

        return sent;
    }
}
