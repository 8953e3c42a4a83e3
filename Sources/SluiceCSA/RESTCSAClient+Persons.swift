internal import NIOHTTP1
internal import SluiceJSON
public import SluiceModel
internal import SluicePorts

/// What is pending for each person (csa-api.md 3.4).
extension RESTCSAClient {
    /// The list moves while it is paged: a person who is added shifts the pages, and somebody may be on none of them.
    public func pendingCounts(of organization: CSAOrganizationID) async throws -> PendingCounts {
        var before: Set<String>?
        for _ in 0..<CSALimits.sweepCountMax {
            let sweep = try await sweep(organization)
            let ids = Set(sweep.persons.map(\.id))
            if sweep.isComplete, ids == before {
                let persons = sweep.persons.sorted { ($0.userName, $0.id) < ($1.userName, $1.id) }
                return PendingCounts(organizationID: organization, persons: persons)
            }
            before = ids
        }
        throw CSAError(
            .unreadable,
            "the persons of organization \(organization) did not hold still in \(CSALimits.sweepCountMax) readings")
    }

    private struct Sweep {
        /// Each once, with the counts that were read last.
        var persons: [CSAPersonCounts] = []
        /// Whether there are as many as CSA says there are, if it does.
        var isComplete = true
    }

    /// One reading of all pages. It goes on by what was received, for CSA may cap a page, and ends with a page that
    /// brings nobody new.
    private func sweep(_ organization: CSAOrganizationID) async throws -> Sweep {
        var sweep = Sweep()
        var places: [String: Int] = [:]
        var start = 0
        var total: Int?
        while true {
            let call = Call(
                method: .POST, path: "/api/person/organization/\(RESTCSAClient.escape(organization.text))",
                query: [
                    ("start-index", String(start)), ("page-size", String(configuration.personPageSize)),
                    ("sort", "userName:ascending"),
                ],
                accept: "application/json", body: ("application/json", Array("{}".utf8)), isListing: true)
            let answer = try await read(call)
            let page = try members(answer, call)
            total = page.total ?? total
            let countBefore = sweep.persons.count
            for member in page.members {
                let person = try person(member, call)
                if let place = places[person.id] {
                    sweep.persons[place] = person
                } else {
                    places[person.id] = sweep.persons.count
                    sweep.persons.append(person)
                }
            }
            guard sweep.persons.count <= CSALimits.personCountMax else {
                throw CSAError(.unreadable, "\(name(call)) lists more than \(CSALimits.personCountMax) persons")
            }
            start += page.members.count
            if sweep.persons.count == countBefore { break }
        }
        sweep.isComplete = total.map { $0 == sweep.persons.count } ?? true
        return sweep
    }

    private func person(_ member: JSONObject, _ call: Call) throws -> CSAPersonCounts {
        let id = [member["@self"], member["id"], member["userName"]].compactMap { $0?.string }.first { !$0.isEmpty }
        guard let id, IdentifierLimits.allows(id) else {
            throw CSAError(.unreadable, "\(name(call)) answered a person without @self, id or userName")
        }
        // One that is skipped would pass for quiet.
        func count(_ key: String) throws -> Int {
            let value = member["ext"]?[key]
            if let value, let count = RESTCSAClient.count(value) { return count }
            let isAbsent = value == nil || value == .null
            guard isAbsent, configuration.switches.absentCountIsZero else {
                throw CSAError(
                    .unreadable,
                    "\(name(call)) answered a person without a number in ext.\(key); see csa.absentCountIsZero")
            }
            return 0
        }
        return CSAPersonCounts(
            id: id, userName: member["userName"]?.string ?? id,
            pendingRequestCount: try count("csa_pending_request_count"),
            pendingSubscriptionCount: try count("csa_pending_subscription_count"),
            pausedSubscriptionCount: try count("csa_paused_subscription_count"))
    }
}
