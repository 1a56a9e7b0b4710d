using System.Runtime.InteropServices;
using VoiceCluster.Udp.Linux;

namespace VoiceCluster.Udp.Tests.Linux;

/// <summary>What becomes of groups that a kernel refuses, by one that is made up.</summary>
public sealed class DatagramSenderTests : IDisposable
{
    private const uint Address = 0x7F000001;
    private const int Datagrams = 60;

    private readonly DatagramSocketCounters _counters = new();
    private readonly SendBatch _batch = new(Datagrams);
    private readonly MadeUpKernel _kernel = new();
    private readonly DatagramSender _sender;

    public unsafe DatagramSenderTests() => _sender = new DatagramSender(_kernel.Send, isKnownToKernel: true, _counters);

    public void Dispose()
    {
        _sender.Dispose();
        _batch.Dispose();
    }

    [Fact]
    public void Neighbours_for_one_receiver_go_as_one_message()
    {
        Send(1, 1, 1, 2, 3, 3);

        _kernel.Messages.ShouldBe([3, 1, 2]);
        _kernel.Delivered.ShouldBe([0, 1, 2, 3, 4, 5]);
        _counters.GroupedSent.ShouldBe(5);
    }

    [Fact]
    public void A_batch_of_no_runs_goes_as_it_is()
    {
        Send(1, 2, 1, 2);

        _kernel.Messages.ShouldBe([1, 1, 1, 1]);
        _counters.GroupedSent.ShouldBe(0);
    }

    [Fact]
    public unsafe void A_kernel_that_does_not_know_groups_is_given_none()
    {
        using var sender = new DatagramSender(_kernel.Send, isKnownToKernel: false, _counters);
        Fill(1, 1, 1);

        sender.Send(_batch);

        _kernel.Messages.ShouldBe([1, 1, 1]);
    }

    [Fact]
    public void One_of_a_group_that_cannot_be_sent_keeps_no_other_from_being()
    {
        _kernel.Errors[3] = LibC.ErrorNotPermitted;
        _kernel.Errors[5] = LibC.ErrorHostUnreachable;

        Send(1, 1, 2, 2, 2, 2, 3, 3);

        _kernel.Delivered.ShouldBe([0, 1, 2, 4, 6, 7]);
        (_counters.SendFailures, _counters.SendUnreachable, _counters.SendBufferFull, _counters.GroupedSent).ShouldBe((1, 1, 0, 4));
    }

    [Theory]
    [InlineData(LibC.ErrorTryAgain)]
    [InlineData(LibC.ErrorNoBuffers)]
    public void A_full_buffer_drops_the_datagrams_that_are_left_not_only_as_many_as_there_are_messages(int error)
    {
        _kernel.Errors[3] = error;

        Send(1, 1, 2, 2, 2, 3, 3, 3, 4);

        _kernel.Delivered.ShouldBe([0, 1]);
        _counters.SendBufferFull.ShouldBe(7);
    }

    [Fact]
    public void A_group_whose_first_goes_alone_was_refused_for_being_a_group_so_there_are_none_for_some_time()
    {
        _kernel.GroupError = 5;
        Send(1, 1, 2);
        _kernel.GroupError = 0;
        _kernel.Delivered.ShouldBe([0, 1, 2]);

        for (var i = 0; i < DatagramSender.BatchesUntilNextTry; i++)
        {
            Send(1, 1);
        }

        _counters.GroupedSent.ShouldBe(0);

        Send(1, 1);
        _counters.GroupedSent.ShouldBe(2);
        _counters.SendFailures.ShouldBe(0);
    }

    [Fact]
    public void A_group_whose_first_cannot_go_alone_either_says_nothing_of_groups()
    {
        _kernel.Errors[0] = LibC.ErrorInvalid;
        Send(1, 1);
        _kernel.Errors.Clear();

        Send(1, 1);

        _counters.GroupedSent.ShouldBe(2);
        _counters.SendFailures.ShouldBe(1);
    }

    [Fact]
    public void Whatever_is_refused_each_datagram_goes_once_and_in_order_or_is_counted()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 2000; round++)
        {
            _kernel.Reset();
            _kernel.MessagesPerCall = random.Next(1, 20);
            _kernel.GroupError = random.Next(4) == 0 ? LibC.ErrorInvalid : 0;
            for (var i = random.Next(6); i > 0; i--)
            {
                _kernel.Errors[random.Next(Datagrams)] = random.Next(2) == 0 ? LibC.ErrorNotPermitted : LibC.ErrorNetworkUnreachable;
            }

            _kernel.Interrupts = random.Next(4);
            _kernel.FullAt = random.Next(3) == 0 ? random.Next(Datagrams) : int.MaxValue;
            var before = Lost();

            Send([.. Enumerable.Range(0, Datagrams / 5).SelectMany(_ => Enumerable.Repeat(random.Next(3), random.Next(1, 6)))]);

            var because = $"seed {seed}, round {round}";
            _kernel.Delivered.SequenceEqual(_kernel.Delivered.Distinct().Order()).ShouldBeTrue(because);
            (_kernel.Delivered.Count + Lost() - before).ShouldBe(_sent, because);
            if (_kernel.FullAt == int.MaxValue)
            {
                _kernel.Delivered.ShouldBe(Enumerable.Range(0, _sent).Where(number => !_kernel.Errors.ContainsKey(number)), because);
            }
        }
    }

    private int _sent;

    private long Lost() => _counters.SendFailures + _counters.SendUnreachable + _counters.SendBufferFull;

    private void Send(params int[] receivers)
    {
        Fill(receivers);
        _sender.Send(_batch);
    }

    // Each datagram bears its number.
    private void Fill(params int[] receivers)
    {
        _batch.Clear();
        _sent = receivers.Length;
        for (var i = 0; i < receivers.Length; i++)
        {
            _batch.NextSlot()[0] = (byte)i;
            _batch.Commit(1, new Ipv4Endpoint(Address, (ushort)receivers[i]));
        }
    }

    /// <summary>Does as sendmmsg: stops before the first message that fails, and tells why only if that is the first of the call.</summary>
    private sealed class MadeUpKernel
    {
        /// <summary>What single datagrams meet, alone and as part of a group.</summary>
        public Dictionary<int, int> Errors { get; } = [];

        /// <summary>What all groups meet; 0 for nothing.</summary>
        public int GroupError { get; set; }

        public int MessagesPerCall { get; set; } = int.MaxValue;

        public int Interrupts { get; set; }

        /// <summary>How many datagrams fit the buffer.</summary>
        public int FullAt { get; set; } = int.MaxValue;

        public List<int> Delivered { get; } = [];

        /// <summary>Of how many datagrams each message was made that went out.</summary>
        public List<int> Messages { get; } = [];

        public void Reset()
        {
            Delivered.Clear();
            Messages.Clear();
            Errors.Clear();
        }

        public unsafe int Send(MessageHeader* headers, int count)
        {
            if (Interrupts > 0)
            {
                Interrupts--;
                return -LibC.ErrorInterrupted;
            }

            var sent = 0;
            for (; sent < Math.Min(count, MessagesPerCall); sent++)
            {
                var numbers = Read(headers + sent);
                if (FindError(numbers) is not 0 and var error)
                {
                    return sent > 0 ? sent : -error;
                }

                Delivered.AddRange(numbers);
                Messages.Add(numbers.Length);
            }

            return sent;
        }

        private int FindError(int[] numbers) =>
            Delivered.Count >= FullAt ? LibC.ErrorTryAgain
            : numbers.Length > 1 && GroupError != 0 ? GroupError
            : numbers.Select(number => Errors.GetValueOrDefault(number)).FirstOrDefault(error => error != 0);

        private static unsafe int[] Read(MessageHeader* header)
        {
            var numbers = new int[(int)header->VectorCount];
            for (var i = 0; i < numbers.Length; i++)
            {
                numbers[i] = *header->Vectors[i].Base;
            }

            if (numbers.Length > 1)
            {
                var control = new ReadOnlySpan<byte>(header->Control, (int)header->ControlLength);
                MemoryMarshal.Read<ControlHeader>(control).ShouldBe(new ControlHeader { Length = 18, Level = 17, Type = 103 });
                MemoryMarshal.Read<ushort>(control[16..]).ShouldBe((ushort)header->Vectors->Length);
            }

            return numbers;
        }
    }
}
