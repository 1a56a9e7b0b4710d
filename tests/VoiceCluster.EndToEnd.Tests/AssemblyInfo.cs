using System.Runtime.Versioning;

// The packet path and Unix file modes are what is tested here.
[assembly: SupportedOSPlatform("linux")]
