using FsCheck;
using FsCheck.Fluent;
using VoiceCluster.Media.Forwarding;

namespace VoiceCluster.Media.Tests.Forwarding;

public sealed class SpeakerSelectionTests
{
    private const int Places = 3;
    private static readonly long Frame = TimeSpan.FromMilliseconds(20).Ticks;
    private static readonly Speech Voice = new(IsVoice: true, Loudness: 0);
    private static readonly Speech Silence = new(IsVoice: false, Loudness: 0);

    private readonly SpeakerSelection _selection = new(Places);
    private readonly Speaker[] _speakers = [.. Enumerable.Range(0, 8).Select(_ => new Speaker())];
    private long _now = TimeSpan.FromHours(1).Ticks;

    [Fact]
    public void Everybody_is_heard_while_there_are_places()
    {
        Talk(TimeSpan.FromSeconds(30), 0, 1, 2);
        Heard().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Who_comes_when_all_places_are_talking_is_not_heard()
    {
        Talk(TimeSpan.FromSeconds(1), 0, 1, 2);
        Say(3).ShouldBe(SpeakerVerdict.Unheard);
        Heard().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Who_begins_to_talk_takes_the_place_of_whoever_has_been_silent_longest()
    {
        Talk(TimeSpan.FromSeconds(1), 0, 1, 2);
        Talk(TimeSpan.FromMilliseconds(100), 0, 2);
        Talk(TimeSpan.FromMilliseconds(500), 0);
        Say(3).ShouldBe(SpeakerVerdict.Heard);
        Heard().ShouldBe([0, 2, 3]);
    }

    [Fact]
    public void A_pause_between_two_words_costs_nobody_his_place()
    {
        Talk(TimeSpan.FromSeconds(1), 0, 1, 2);
        Talk(TimeSpan.FromMilliseconds(480), 0, 1);
        _now -= Frame;
        Say(3).ShouldBe(SpeakerVerdict.Unheard);
        Say(2).ShouldBe(SpeakerVerdict.Heard);
    }

    [Fact]
    public void Silence_takes_a_free_place_but_nobody_elses()
    {
        Say(0, Silence).ShouldBe(SpeakerVerdict.Heard);
        Talk(TimeSpan.FromSeconds(1), 1, 2);
        Say(3, Silence).ShouldBe(SpeakerVerdict.Unheard);
        Say(3).ShouldBe(SpeakerVerdict.Heard);
        Heard().ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Who_was_cut_off_in_a_pause_needs_no_closing_frames()
    {
        Talk(TimeSpan.FromSeconds(1), 0, 1, 2);
        Talk(TimeSpan.FromSeconds(1), 1, 2, 3);
        Say(0).ShouldBe(SpeakerVerdict.Unheard);
    }

    [Fact]
    public void A_much_louder_voice_takes_the_place_of_the_quietest_after_its_hold()
    {
        TalkAt(TimeSpan.FromSeconds(1), (0, 80), (1, 60), (2, 70), (3, 66));
        Heard().ShouldBe([0, 1, 2]);
        TalkAt(TimeSpan.FromSeconds(1.1), (0, 80), (1, 60), (2, 70), (3, 66));
        Heard().ShouldBe([0, 2, 3]);
    }

    [Fact]
    public void A_little_louder_is_not_enough()
    {
        TalkAt(TimeSpan.FromSeconds(9), (0, 80), (1, 60), (2, 70), (3, 65));
        Heard().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void One_loud_click_is_not_enough()
    {
        TalkAt(TimeSpan.FromSeconds(3), (0, 80), (1, 60), (2, 70));
        Say(3, new Speech(true, 127)).ShouldBe(SpeakerVerdict.Unheard);
    }

    [Fact]
    public void Who_sends_no_levels_is_not_held_to_be_quiet_or_loud()
    {
        TalkAt(TimeSpan.FromSeconds(9), (0, 80), (1, 0), (2, 70), (3, 75));
        Heard().ShouldBe([0, 1, 2]);
        TalkAt(TimeSpan.FromMilliseconds(900), (0, 80), (1, 0), (2, 70), (4, 0));
        Heard().ShouldBe([0, 1, 2]);
    }

    [Fact]
    public void Who_is_cut_off_while_he_talks_is_closed_with_five_frames_of_silence()
    {
        TalkAt(TimeSpan.FromSeconds(3), (0, 80), (1, 60), (2, 70), (3, 90));
        Heard().ShouldBe([0, 2, 3]);
        TalkAt(TimeSpan.FromSeconds(3), (0, 80), (2, 70), (3, 90));
        TalkAt(TimeSpan.FromSeconds(2.5), (0, 80), (2, 70), (3, 90), (4, 70));
        TalkUntil(() => !_speakers[2].IsHeard, (0, 80), (2, 70), (3, 90), (1, 100));
        var verdicts = Enumerable.Range(0, 7).Select(_ => Say(2, new Speech(true, 70))).ToList();
        verdicts.ShouldBe([.. Enumerable.Repeat(SpeakerVerdict.Closing, 5), SpeakerVerdict.Unheard, SpeakerVerdict.Unheard]);
    }

    [Fact]
    public void A_place_that_falls_silent_goes_to_whoever_has_waited_longest()
    {
        Talk(TimeSpan.FromSeconds(1), 0, 1, 2);
        Talk(TimeSpan.FromMilliseconds(300), 0, 1, 2, 4);
        Talk(TimeSpan.FromMilliseconds(480), 0, 1, 3, 4);
        Talk(TimeSpan.FromMilliseconds(100), 0, 1, 3, 4);
        Heard().ShouldBe([0, 1, 4]);
    }

    [Fact]
    public void Open_microphones_take_turns_with_those_who_wait()
    {
        var firstHeard = _speakers.Select(_ => -1.0).ToArray();
        for (var start = _now; _now - start < TimeSpan.FromSeconds(40).Ticks; _now += Frame)
        {
            for (var i = 0; i < 5; i++)
            {
                if (_selection.Hear(_speakers[i], Voice, _now) == SpeakerVerdict.Heard && firstHeard[i] < 0)
                {
                    firstHeard[i] = TimeSpan.FromTicks(_now - start).TotalSeconds;
                }
            }
        }

        firstHeard[..5].ShouldAllBe(seconds => seconds >= 0 && seconds <= 10.1);
    }

    [Fact]
    public void Never_more_are_heard_than_there_are_places_and_nobody_who_talks_is_cut_off_early()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (habits, places) =>
        {
            var count = 1 + (places.Get % 5);
            var hall = new Hall(count, habits, haveLevels: true);
            for (var i = 0; i < 1000; i++)
            {
                hall.Step();
                if (hall.Selection.Heard.Length > count || hall.Selection.Heard.ToArray().Distinct().Count() != hall.Selection.Heard.Length
                    || hall.HasCutEarly)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Who_begins_to_talk_is_heard_at_once_if_somebody_heard_is_silent_and_else_within_the_bound_of_turns()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), ArbMap.Default.ArbFor<PositiveInt>(), (habits, places) =>
        {
            var hall = new Hall(1 + (places.Get % 5), habits);
            for (var i = 0; i < 3000; i++)
            {
                hall.Step();
                if (hall.HasIgnoredSilence || hall.LongestWait > hall.Bound)
                {
                    return false;
                }
            }

            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void As_many_as_there_are_places_are_always_all_heard()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), habits =>
        {
            var hall = new Hall(Math.Max(1, habits.Length), habits);
            for (var i = 0; i < 1000; i++)
            {
                hall.Step();
            }

            return hall.LongestWait == 0;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        Talk(TimeSpan.FromSeconds(30), 0, 1, 2, 3, 4);

        // The runtime may allocate on this thread when it compiles a loop anew; what a choice costs would show in every round.
        var allocated = long.MaxValue;
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 10_000; i++)
            {
                _selection.Hear(_speakers[i % 5], new Speech(true, 50 + (i % 40)), _now += Frame / 5);
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        allocated.ShouldBe(0);
    }

    private SpeakerVerdict Say(int speaker, Speech? speech = null) => _selection.Hear(_speakers[speaker], speech ?? Voice, _now);

    private void Talk(TimeSpan duration, params int[] speakers) => TalkAt(duration, [.. speakers.Select(speaker => (speaker, 0))]);

    private void TalkAt(TimeSpan duration, params (int Speaker, int Loudness)[] speakers)
    {
        for (var end = _now + duration.Ticks; _now < end; _now += Frame)
        {
            SayAll(speakers);
        }
    }

    private void TalkUntil(Func<bool> isDone, params (int Speaker, int Loudness)[] speakers)
    {
        for (var i = 0; i < 1000 && !isDone(); i++, _now += Frame)
        {
            SayAll(speakers);
        }

        isDone().ShouldBeTrue();
    }

    private void SayAll((int Speaker, int Loudness)[] speakers)
    {
        foreach (var (speaker, loudness) in speakers)
        {
            Say(speaker, new Speech(true, loudness));
        }
    }

    private int[] Heard() => [.. Enumerable.Range(0, _speakers.Length).Where(i => _speakers[i].IsHeard)];

    /// <summary>People with habits: how long each talks, pauses and how loud; some never pause, some send no levels.</summary>
    private sealed class Hall(int places, byte[] habits, bool haveLevels = false)
    {
        private const int MaximumPeople = 8;
        private readonly Person[] _people = [.. habits.Take(MaximumPeople).Select(habit => new Person(habit, haveLevels))];
        private long _now = TimeSpan.FromHours(1).Ticks;

        public SpeakerSelection Selection { get; } = new(places);

        public bool HasCutEarly { get; private set; }

        public bool HasIgnoredSilence { get; private set; }

        public long LongestWait { get; private set; }

        // Within a turn and the patience of the next in line every place changes hands.
        public long Bound => (SpeakerSelection.Turn + SpeakerSelection.Patience + Frame) * (1 + (_people.Length / places));

        public void Step()
        {
            _now += Frame;
            foreach (var person in _people)
            {
                if (person.IsTalking(_now))
                {
                    Hear(person);
                }
                else
                {
                    person.WaitsSince = null;
                }
            }
        }

        private void Hear(Person person)
        {
            var held = _people.Where(other => other.Speaker.IsHeard).Select(other => (Person: other, other.Speaker.SpokeAt, other.Speaker.Since)).ToList();
            var isSomeoneSilent = held.Count < places || held.Exists(other => _now - other.SpokeAt >= SpeakerSelection.Pause);
            var wasHeard = person.Speaker.IsHeard;
            var verdict = Selection.Hear(person.Speaker, new Speech(true, person.Loudness), _now);
            var hasToWait = _people.Any(other =>
                other != person && !other.Speaker.IsHeard && _now - other.Speaker.SpokeAt < SpeakerSelection.Attack && other.Speaker.Since <= person.Speaker.Since);
            HasIgnoredSilence |= isSomeoneSilent && !wasHeard && verdict != SpeakerVerdict.Heard && !hasToWait;
            HasCutEarly |= held.Exists(other =>
                !other.Person.Speaker.IsHeard && _now - other.SpokeAt < SpeakerSelection.Pause && _now - other.Since < SpeakerSelection.MinimumHold);
            person.WaitsSince = verdict == SpeakerVerdict.Heard ? null : person.WaitsSince ?? _now;
            LongestWait = Math.Max(LongestWait, person.WaitsSince is { } since ? _now - since : 0);
        }
    }

    private sealed class Person(byte habit, bool hasLevel)
    {
        private readonly long _talks = (1 + (habit % 7)) * TimeSpan.TicksPerSecond / 2;
        private readonly long _pauses = (habit / 7 % 5) * TimeSpan.TicksPerSecond / 3;

        public Speaker Speaker { get; } = new();

        public int Loudness => !hasLevel || habit % 3 == 0 ? 0 : 40 + (habit % 61);

        public long? WaitsSince { get; set; }

        public bool IsTalking(long now) => (now + (habit * Frame)) % (_talks + _pauses) < _talks;
    }
}
