import SluiceJSON

/// Shows the drain of a maintenance as `/v1/maintenances/{id}` answers it.
struct DrainView {
    let object: JSONObject

    private var systems: [JSONValue] { object["systems"]?.array ?? [] }

    private func sum(_ name: String) -> Int { systems.reduce(0) { $0 + ($1[name]?.number?.int ?? 0) } }

    private var pausedCount: Int {
        systems.reduce(0) { sum, system in
            sum + (system["paused"]?.object?.members.reduce(0) { $0 + ($1.value.number?.int ?? 0) } ?? 0)
        }
    }

    /// `central 1 of 3`, a system each.
    private var quiet: String {
        let needed = object["quietPollsNeeded"]?.number?.int ?? 0
        return systems.map { system in
            let polls = min(system["quietPolls"]?.number?.int ?? 0, needed)
            return "\(system["system"]?.string ?? "?") \(polls) of \(needed)"
        }.joined(separator: ", ")
    }

    /// What is left, in one line.
    private var left: String {
        // Each system is told the same of what is in flight.
        let flights = systems.map { $0["inFlight"]?.number?.int }
        let flight =
            flights.contains(nil) ? "in flight not known" : "\(flights.compactMap(\.self).max() ?? 0) in flight"
        let waived = sum("waived")
        return "\(object["left"]?.number?.int ?? 0), of them \(sum("parked")) parked, \(pausedCount) paused; \(flight)"
            + (waived > 0 ? "; \(waived) waived" : "")
    }

    private func time(_ name: String) -> String {
        guard let text = object["estimate"]?[name]?.string else { return "open-ended" }
        // To the minute: nobody can say more.
        return text.count > 16 ? "\(text.prefix(16))Z" : text
    }

    private var estimate: String? {
        guard object["estimate"]?.object != nil else { return nil }
        let persons = object["estimate"]?["waitingForPerson"]?.number?.int ?? 0
        return "ended by \(time("p50")) (p50), \(time("p90")) (p90)"
            + (persons > 0 ? ", but for \(persons) that wait for a person" : "")
    }

    /// For whoever watches.
    var line: String {
        "\(object["left"]?.number?.int ?? 0) left, quiet \(quiet) polls" + (estimate.map { ", \($0)" } ?? "")
    }

    func add(to facts: inout Facts) {
        facts.add("left", left)
        facts.add("quiet polls", quiet)
        facts.add("estimate", estimate)
        if let outlook = object["outlook"]?.string, outlook != "dry" {
            facts.add("in time", "\(outlook), by \(object["deadline"]?.string ?? "?")")
        }
    }
}
