import SluiceEngine
import SluiceModel
import SluicePorts
import SluiceSandbox

/// What a maintenance changes and has to put back, as it was read from the stand-ins themselves.
struct RehearsalSnapshot: Sendable {
    let csa: LooseValue
    /// Central's schedules with what a person sees of them, by id.
    let schedules: [String: String]
    /// The gate's modes; `whole`, or the scope.
    let gate: [String: String]
    let fences: [String: String]

    init(of site: RehearsalSite) async throws {
        csa = site.csa.dump(part: "configuration") ?? .null
        schedules = Dictionary(
            site.central.schedules.map { row in
                ("\(row.id) '\(row.name)'", "\(row.isEnabled ? "enabled" : "disabled"), \(row.triggerExpression)")
            }
        ) { first, _ in first }
        let record = try await site.service.engine.store.gate()
        let modes = record.map { [$0.whole] + $0.scopes } ?? []
        gate = Dictionary(modes.map { ($0.scope.map { "\($0)" } ?? "whole", $0.mode.rawValue) }) { first, _ in first }
        fences = Dictionary(
            FencedSystem.allCases.map { system in
                (system.rawValue, site.service.engine.fences.standing(of: system)?.state.rawValue ?? "not known")
            }
        ) { first, _ in first }
    }

    /// What is not as it was.
    func checks(against after: RehearsalSnapshot) -> [RehearsalReport.Check] {
        var differences: [String] = []
        Self.compare(csa, after.csa, "", &differences)
        return [
            .init(what: "CSA's policies, assignments and offerings", differences: Self.cut(differences)),
            .init(what: "Central's schedules", differences: Self.differences(schedules, after.schedules)),
            .init(what: "the gate", differences: Self.differences(gate, after.gate)),
            .init(what: "the fences", differences: Self.differences(fences, after.fences)),
        ]
    }

    private static func differences(_ before: [String: String], _ after: [String: String]) -> [String] {
        cut(
            Set(before.keys).union(after.keys).sorted().compactMap { name in
                before[name] == after[name] ? nil : difference(name, before[name], after[name])
            })
    }

    private static func difference(_ name: String, _ before: String?, _ after: String?) -> String {
        "\(name) is \(after ?? "not there"), and was \(before ?? "not there")"
    }

    private static func cut(_ differences: [String]) -> [String] {
        let limit = RehearsalLimits.differenceCountMax
        guard differences.count > limit else { return differences }
        return differences.prefix(limit) + ["and \(differences.count - limit) more"]
    }

    /// Rows with an id are compared by it, whatever their order.
    static func compare(
        _ before: LooseValue, _ after: LooseValue, _ place: String, _ differences: inout [String]
    ) {
        if before == after { return }
        if let old = before.asObject, let new = after.asObject {
            for name in Set(old.keys).union(new.keys).sorted() {
                compare(old[name] ?? .null, new[name] ?? .null, "\(place)/\(name)", &differences)
            }
        } else if let old = before.asList, let new = after.asList, let olds = rows(old), let news = rows(new) {
            for id in Set(olds.keys).union(news.keys).sorted() {
                let name = news[id]?["name"]?.asText ?? olds[id]?["name"]?.asText ?? id
                compare(olds[id] ?? .null, news[id] ?? .null, "\(place)/\(name)", &differences)
            }
        } else {
            differences.append(difference(place, words(before), words(after)))
        }
    }

    private static func rows(_ list: [LooseValue]) -> [String: LooseValue]? {
        var rows: [String: LooseValue] = [:]
        for row in list {
            guard let id = row["id"]?.asText else { return nil }
            rows[id] = row
        }
        return rows
    }

    private static func words(_ value: LooseValue) -> String? {
        switch value {
        case .null: nil
        case .bool(let flag): "\(flag)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): "'\(text)'"
        case .list(let values): values.isEmpty ? "empty" : "a list of \(values.count)"
        case .object(let members): "a row of \(members.count) members"
        }
    }
}
