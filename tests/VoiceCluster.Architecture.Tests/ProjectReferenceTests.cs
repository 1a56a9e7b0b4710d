namespace VoiceCluster.Architecture.Tests;

/// <summary>Who may know whom. An arrow that is not here is a change of the design, to be argued first.</summary>
public sealed class ProjectReferenceTests
{
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Protocol"] = [],
        ["Udp"] = [],
        ["Crypto"] = ["Protocol"],
        ["Domain"] = ["Protocol"],
        ["Cluster"] = ["Domain"],
        ["Gateways"] = ["Cluster"],
        ["Media"] = ["Crypto", "Domain", "Udp"],
        ["Node"] = ["Gateways", "Media"],
        ["Client"] = ["Crypto", "Protocol", "Udp"],
        ["Ctl"] = ["Client"],
        ["LoadGen"] = ["Client", "Domain"],
    };

    /// <summary>Projects that stand on the base library alone: nothing to update, nothing to trust.</summary>
    private static readonly string[] WithoutPackages = ["Protocol", "Udp", "Crypto", "Domain", "Client"];

    [Fact]
    public void Every_source_project_is_in_the_table() => Repository.Projects("src").ShouldBe(Arrows.Keys.Order(StringComparer.Ordinal));

    public static TheoryData<string> SourceProjects() => [.. Arrows.Keys];

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Project_references_are_the_arrows_of_the_design(string project) =>
        Repository.Items("src", project, "ProjectReference").ShouldBe(Arrows[project]);

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Sources_name_only_projects_their_own_one_may_know(string project)
    {
        var known = Reachable(project).Append(project).ToHashSet();
        foreach (var other in Arrows.Keys.Where(other => !known.Contains(other)))
        {
            var offenders = Repository.Sources($"src/VoiceCluster.{project}").Where(file => Repository.Read(file).Contains($"using VoiceCluster.{other}", StringComparison.Ordinal));
            offenders.ShouldBeEmpty($"{project} must not know {other}");
        }
    }

    [Fact]
    public void Inner_projects_reference_no_package_and_no_framework() => WithoutPackages
        .Where(project => Repository.Items("src", project, "PackageReference").Length > 0 || Repository.Items("src", project, "FrameworkReference").Length > 0)
        .ShouldBeEmpty();

    [Fact]
    public void Test_projects_reference_the_project_they_test_and_no_other_test_project()
    {
        foreach (var project in Repository.Projects("tests").Where(name => name.EndsWith(".Tests", StringComparison.Ordinal)))
        {
            var references = Repository.Items("tests", project, "ProjectReference");
            references.ShouldNotContain(name => name.EndsWith(".Tests", StringComparison.Ordinal), project);
            var tested = project[..^".Tests".Length];
            if (Arrows.ContainsKey(tested))
            {
                references.ShouldContain(tested, project);
            }
        }
    }

    [Fact]
    public void Test_kit_rests_on_the_client_only() => Repository.Items("tests", "TestKit", "ProjectReference").ShouldBe(["Client"]);

    private static IEnumerable<string> Reachable(string project) =>
        Arrows[project].SelectMany(direct => Reachable(direct).Prepend(direct)).Distinct();
}
