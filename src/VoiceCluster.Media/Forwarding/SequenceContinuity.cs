using System.Runtime.CompilerServices;

namespace VoiceCluster.Media.Forwarding;

/// <summary>Renumbers one source's packets so that what policy took out leaves no gap, while real loss does.</summary>
/// <remarks>
/// <para>To a receiver a gap means loss, and it conceals it; a packet that the server dropped on purpose must not look like that. So every
/// number is lowered by as many as were dropped before it. Numbers are extended ones, which never wrap.</para>
/// <para>The numbers are cut into runs, each with its offset; the last eight are kept for packets that come late. What lies between two
/// runs was dropped, and a number from before the oldest run is not known any more: both are refused.</para>
/// Every output is given to one input only. Mutable: keep it in a field. One source, one thread.
/// </remarks>
internal struct SequenceContinuity
{
    private Runs _runs;
    private int _count;
    private long _highest;

    /// <summary>Gives a packet its number.</summary>
    /// <returns>False if the packet must be dropped: it is part of what policy took out, or too late.</returns>
    public bool TryMap(long input, out long output)
    {
        Start(input);
        _highest = Math.Max(_highest, input);
        for (var i = 0; i < _count; i++)
        {
            ref readonly var run = ref _runs[i];
            if (input >= run.First)
            {
                output = input - run.Offset;
                return input <= run.Last;
            }
        }

        output = 0;
        return false;
    }

    /// <summary>A packet is dropped by policy: the ones after it move up. One that was late leaves its gap, for they are sent.</summary>
    public void Drop(long input)
    {
        Start(input);
        if (input <= _highest)
        {
            return;
        }

        BeginRun(input + 1, lastBefore: input - 1, _runs[0].Offset + 1);
        _highest = input;
    }

    /// <summary>A packet is the first after a time in which policy let nothing pass: it follows the last one that passed.</summary>
    /// <returns>False if the packet is a late one from before that time: the first is still to come.</returns>
    public bool TryCloseGap(long input)
    {
        if (_count == 0)
        {
            return true;
        }

        if (input <= _highest)
        {
            return false;
        }

        BeginRun(input, lastBefore: _highest, _runs[0].Offset + (input - _highest - 1));
        _highest = input - 1;
        return true;
    }

    /// <summary>Policy lets nothing pass of what is left up to here: what comes after it follows the last packet that passed.</summary>
    public void DropThrough(long input) => TryCloseGap(input + 1);

    /// <summary>Finds the sender's number for one that a receiver names; wrapping numbers on both sides.</summary>
    /// <returns>False if no packet was sent to it under that number lately.</returns>
    public readonly bool TryInvert(ushort output, out ushort input)
    {
        input = 0;
        if (_count == 0)
        {
            return false;
        }

        var highestOutput = _highest - _runs[0].Offset;
        var extended = highestOutput + (short)(output - (ushort)highestOutput);
        for (var i = 0; i < _count; i++)
        {
            var candidate = extended + _runs[i].Offset;
            if (candidate >= _runs[i].First)
            {
                input = (ushort)candidate;
                return candidate <= _runs[i].Last && candidate <= _highest;
            }
        }

        return false;
    }

    private void Start(long input)
    {
        if (_count > 0)
        {
            return;
        }

        _count = 1;
        _highest = input - 1;
        _runs[0] = new Run(long.MinValue, long.MaxValue, 0);
    }

    private void BeginRun(long first, long lastBefore, long offset)
    {
        if (_runs[0].First > lastBefore)
        {
            // Nothing was or can be sent of the newest run: it is replaced.
            _runs[0] = new Run(first, long.MaxValue, offset);
            return;
        }

        Span<Run> runs = _runs;
        runs[0] = runs[0] with { Last = lastBefore };
        runs[..^1].CopyTo(runs[1..]);
        runs[0] = new Run(first, long.MaxValue, offset);
        _count = Math.Min(_count + 1, Runs.Capacity);
    }

    private readonly record struct Run(long First, long Last, long Offset);

    [InlineArray(Capacity)]
    private struct Runs
    {
        public const int Capacity = 8;
        private Run _newest;
    }
}
