import SluiceContent
import SluiceForecast
import Testing

/// Zones from a folder of compiled files.
@Suite struct SystemTimeZonesTests {
    @Test func saysTheVersionOfItsData() throws {
        let folder = try TemporaryFolder()
        #expect(SystemTimeZones(folder: folder.path).version == nil)
        try folder.write("# version 2031c\n# more", to: "tzdata.zi")
        #expect(SystemTimeZones(folder: folder.path).version == "2031c")
        try folder.write("nonsense\n", to: "tzdata.zi")
        #expect(SystemTimeZones(folder: folder.path).version == nil)
    }

    @Test func refusesWhatIsNoFileOfAZone() throws {
        let folder = try TemporaryFolder()
        try folder.write("TZif", to: "Cut")
        try folder.write([UInt8](repeating: 0, count: TimeZoneRules.maximumFileBytes + 1), to: "Huge")
        try folder.write("x", to: "Area/City")
        try folder.write("x", to: "outside")
        let zones = SystemTimeZones(folder: folder.path + "/Area")
        for name in ["Cut", "Huge", "Area", "Area/City", "Missing"] {
            #expect(SystemTimeZones(folder: folder.path).zone(name) == nil, "\(name)")
        }
        #expect(zones.zone("../outside") == nil && zones.zone("/etc/passwd") == nil)
    }

    @Test func givesTheSameZoneAgain() throws {
        let first = try #require(SystemTimeZones.shared.zone("Europe/London"))
        #expect(SystemTimeZones.shared.zone("Europe/London") == first)
        #expect(SystemTimeZones.shared.zone("UTC+3") == nil)
    }
}
