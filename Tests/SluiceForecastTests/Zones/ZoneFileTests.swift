import Foundation
import SluiceForecast
import SluiceModel
import Testing

/// Compiled zone files, good and hostile.
@Suite struct ZoneFileTests {
    private func bytes(_ zone: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(zone)")))
    }

    private func at(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(arguments: [
        ("Europe/Berlin", "2024-07-01T00:00:00Z", 7200), ("Europe/Berlin", "2190-07-01T00:00:00Z", 7200),
        ("Europe/Berlin", "2990-01-01T00:00:00Z", 3600), ("Australia/Lord_Howe", "2024-12-01T00:00:00Z", 39_600),
        ("Asia/Kolkata", "2500-01-01T00:00:00Z", 19_800), ("America/Sao_Paulo", "2018-12-01T00:00:00Z", -7200),
        ("Europe/Dublin", "2100-01-15T00:00:00Z", 0), ("Africa/Casablanca", "2050-01-01T00:00:00Z", 3600),
    ])
    func knowsOffsets(zone: String, time: String, offset: Int) throws {
        let instant = try at(time)
        #expect(try TestZones.zone(zone).offsetSeconds(at: instant) == offset)
    }

    @Test func changesAreFoundInOrder() throws {
        let berlin = try TestZones.zone("Europe/Berlin")
        let newYear = try at("2024-01-01T00:00:00Z")
        let spring = try #require(berlin.nextChange(after: newYear))
        #expect(spring.rfc3339 == "2024-03-31T01:00:00Z")
        #expect(berlin.nextChange(after: spring)?.rfc3339 == "2024-10-27T01:00:00Z")
        #expect(TimeZoneRules.utc.nextChange(after: .zero) == nil)
    }

    @Test func everyByteMayBeWrongAndNothingCrashes() throws {
        let good = try bytes("Europe/Berlin")
        var refused = 0
        for index in good.indices {
            for value in [UInt8(0), 0x7F, 0xFF] {
                var bad = good
                bad[index] = value
                do {
                    let zone = try TimeZoneRules(identifier: "x", zoneFile: bad)
                    _ = zone.offsetSeconds(at: Timestamp(milliseconds: 1_700_000_000_000))
                } catch { refused += 1 }
            }
        }
        #expect(refused > 100)
    }

    @Test func everyPrefixIsRefused() throws {
        let good = try bytes("America/New_York")
        for count in good.indices {
            #expect(throws: ZoneFileError.self) { try TimeZoneRules(identifier: "x", zoneFile: Array(good[..<count])) }
        }
    }

    @Test func refusesWhatIsNoZoneFile() throws {
        #expect(throws: ZoneFileError.self) { try TimeZoneRules(identifier: "x", zoneFile: Array("# version".utf8)) }
        let huge = [UInt8](repeating: 0, count: TimeZoneRules.maximumFileBytes + 1)
        let error = #expect(throws: ZoneFileError.self) { try TimeZoneRules(identifier: "x", zoneFile: huge) }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [
        ("BST", "2024-01-01T00:00:00Z", 21_600), ("MIT", "2024-01-01T00:00:00Z", 46_800),
        ("EST", "2024-07-01T00:00:00Z", -18_000), ("SystemV/EST5EDT", "2024-07-01T00:00:00Z", -14_400),
        ("GMT+005", "2024-01-01T00:00:00Z", 300), ("PST", "2024-07-01T00:00:00Z", -25_200),
    ])
    func takesJavasNames(name: String, time: String, offset: Int) throws {
        let instant = try at(time)
        #expect(try TestZones.zone(name).offsetSeconds(at: instant) == offset)
    }

    @Test(arguments: [
        "ROC", "posixrules", "localtime", "posix/UTC", "right/UTC", "../../etc/passwd", "Europe/../UTC", "/UTC",
        "Europe/", "Europe//Berlin", "Europe/Ber\u{0}lin", String(repeating: "A", count: 65),
    ])
    func knowsNoNamesThatJavaDoesNotKnow(name: String) { #expect(JavaZoneName(name) == nil) }
}
