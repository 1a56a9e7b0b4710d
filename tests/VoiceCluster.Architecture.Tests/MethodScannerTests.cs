namespace VoiceCluster.Architecture.Tests;

/// <summary>The scanner has to be trusted before what it finds can be.</summary>
public sealed class MethodScannerTests
{
    private const string Example = """"
        using System;

        namespace Example;

        // A type is no member.
        public sealed class Outer<T>(int width) where T : class
        {
            private static readonly int[] Table =
            [
                1,
            ];

            private readonly Func<int> _lambda = () =>
            {
                return 1;
            };

            public int Property { get; set; } = 3;

            /// <summary>Documented only.</summary>
            [Obsolete]
            public void Plain()
            {
                var text = $"{(width > 1 ? "}" : "{")} {{ \" }}" + @"""}" + '}' + """
                    } }
                    """;
                // }
            }

            // There is a reason.
            public int Expression() => width switch
            {
                1 => 2,
                _ => 3,
            };

            private record struct Inner(int A)
            {
                public int Twice() => A * 2;
            }

            public Outer() : this(1) { }
        }
        """";

    [Fact]
    public void Scan_Example_FindsEveryMemberWithItsLines()
    {
        var members = MethodScanner.Scan(Example).Select(member => (member.Header, member.FirstLine, member.Lines, member.HasReason)).ToArray();
        members.ShouldBe(
        [
            ("private readonly Func<int> _lambda = () =>", 13, 4, false),
            ("public void Plain()", 22, 7, false),
            ("public int Expression() => width switch", 31, 5, true),
            ("public int Twice() => A * 2;", 39, 1, false),
            ("public Outer() : this(1) { }", 42, 1, false),
        ]);
    }
}
