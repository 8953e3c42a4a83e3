import Foundation
import SluiceForecast
import SluiceJSON
import SluiceModel

/// The answers of python-dateutil that `scripts/make_window_vectors` wrote down.
struct RecurrenceVectors {
    struct Vector {
        var rule: String
        var start: Timestamp
        var zone: String
        var walls: [Timestamp]
        var instants: [Timestamp]
        var after: Timestamp
        var later: [Timestamp]
    }

    private(set) var vectors: [Vector] = []
    private(set) var zones: [String: [(at: Int64, offset: Int)]] = [:]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/recurrence-vectors.jsonl")
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            var object = try JSONObjectReader(JSONReader.read(Array(line.utf8)))
            if let rule = try object.optionalString("rule") {
                vectors.append(
                    Vector(
                        rule: rule, start: try Self.time(object.value("start")), zone: try object.string("zone"),
                        walls: try Self.times(object.value("walls")),
                        instants: try Self.times(object.value("instants")),
                        after: try Self.time(object.value("after")), later: try Self.times(object.value("later"))))
            } else if let zone = try object.optionalString("zone") {
                zones[zone] = try object.value("transitions").array?.map { pair in
                    let numbers = pair.array?.compactMap { $0.number?.int } ?? []
                    return (Int64(numbers[0]), numbers[1])
                }
            }
        }
    }

    /// Seconds east of Greenwich by the table of a zone.
    func offset(_ zone: String, at instant: Timestamp) -> Int {
        let table = zones[zone] ?? []
        return (table.last { $0.at * 1000 <= instant.milliseconds } ?? table[0]).offset
    }

    private static func time(_ value: JSONValue) -> Timestamp {
        Timestamp(milliseconds: Int64(value.number?.int ?? 0) * 1000)
    }

    private static func times(_ value: JSONValue) -> [Timestamp] { (value.array ?? []).map(time) }
}
