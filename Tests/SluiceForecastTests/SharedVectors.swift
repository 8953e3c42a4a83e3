import Foundation
import SluiceForecast
import SluiceJSON
import SluiceModel
import Testing

/// Answers of the real Quartz, outside the repository; tests that need them are skipped where they are absent.
enum SharedVectors {
    static let hint: Comment = "needs ../shared/vectors"
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/vectors").path
    static let areThere = FileManager.default.fileExists(atPath: folder + "/quartz-vectors.jsonl")

    /// The objects of one file, in order.
    static func objects(_ name: String) throws -> [JSONObject] {
        let text = try String(contentsOfFile: "\(folder)/\(name).jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            try #require(JSONReader.read(String(line)).object)
        }
    }
}

/// Zones of the system, for tests; those of the program are `SystemTimeZones`.
enum TestZones {
    static func zone(_ identifier: String) throws -> TimeZoneRules {
        let name = try #require(JavaZoneName(identifier), "\(identifier)")
        guard case .region(let file) = name else {
            return try #require(TimeZoneRules(withoutFile: name, identifier: identifier))
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(file)"))
        return try TimeZoneRules(identifier: identifier, zoneFile: Array(bytes))
    }

    /// As Quartz takes it: GMT for what is unknown.
    static func zoneOrGMT(_ identifier: String) -> TimeZoneRules {
        (try? zone(identifier)) ?? TimeZoneRules(identifier: "GMT", fixedOffsetSeconds: 0)
    }
}

extension JSONObject {
    func text(_ key: String) throws -> String { try #require(self[key]?.string, "\(key)") }

    func time(_ key: String) throws -> Timestamp? {
        guard let value = self[key], value != .null else { return nil }
        let text = try #require(value.string, "\(key)")
        let time = Timestamp(rfc3339: text)
        #expect(time != nil, "\(key): \(text)")
        return time
    }

    func times(_ key: String) throws -> [String] { try #require(self[key]?.array).map { try #require($0.string) } }
}
