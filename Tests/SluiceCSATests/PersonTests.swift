import SluiceCSA
import SluiceModel
import SluicePorts
import Synchronization
import Testing

@Suite struct PersonTests {
    /// Pages over persons sorted by name, as CSA's list does; somebody may come in between two pages.
    private final class Directory: Sendable {
        private let names: Mutex<[String]>
        private let pageSizeMax: Int
        private let showsTotal: Bool
        private let onPage: @Sendable (Int, inout [String]) -> Void
        private let counter = Counter()

        init(
            _ names: [String], pageSizeMax: Int = .max, showsTotal: Bool = true,
            onPage: @escaping @Sendable (Int, inout [String]) -> Void = { _, _ in }
        ) {
            self.names = Mutex(names.sorted())
            self.pageSizeMax = pageSizeMax
            self.showsTotal = showsTotal
            self.onPage = onPage
        }

        func answer(_ request: SeenRequest) -> ScriptedAnswer {
            let number = counter.next()
            let names = names.withLock { names in
                onPage(number, &names)
                names.sort()
                return names
            }
            let start = value("start-index", request)
            let page = names.dropFirst(start).prefix(min(value("page-size", request), pageSizeMax))
            let members = page.map { name in
                #"{"@self":"/csa/api/person/\#(name)","userName":"\#(name)","ext":{"csa_pending_request_count":1,"#
                    + #""csa_pending_subscription_count":"2","csa_paused_subscription_count":0}}"#
            }
            let total = showsTotal ? #""@total_results":\#(names.count),"# : ""
            return .json("{\(total)\"members\":[\(members.joined(separator: ","))]}")
        }

        private func value(_ name: String, _ request: SeenRequest) -> Int {
            let part = request.query.split(separator: "&").first { $0.hasPrefix("\(name)=") }
            return part.flatMap { Int($0.dropFirst(name.count + 1)) } ?? 0
        }
    }

    private static func names(_ count: Int) -> [String] { (0..<count).map { "user\(100_000 + $0)" } }

    @Test(
        "section 12, paging: of 10,000 persons while one is added nobody is missed and nobody counts twice",
        arguments: [true, false])
    func countsEverybody(showsTotal: Bool) async throws {
        let directory = Directory(Self.names(10_000), showsTotal: showsTotal) { page, names in
            // In the middle of the first sweep, before all others: every later page shifts by one.
            if page == 5 { names.append("aaron") }
        }
        let counts = try await withCSA(adjust: { $0.personPageSize = 1000 }) {
            directory.answer($0)
        } _: { (client, server) async throws in
            let counts = try await client.pendingCounts(of: Documents.organization)
            let first = try #require(server.seen.first)
            #expect(first.method == "POST" && first.path == "/csa/api/person/organization/90org")
            #expect(first.body == "{}" && first.has("sort=userName%3Aascending"))
            #expect(!server.seen.contains { $0.isLogin })
            return counts
        }
        #expect(counts.persons.count == 10_001 && counts.persons.first?.userName == "aaron")
        #expect(counts.requestCount == 10_001 && counts.subscriptionCount == 20_002)
        #expect(counts.pausedSubscriptionCount == 0 && counts.busyPersons.count == 10_001)
    }

    @Test("section 12, paging: a person who leaves shifts the pages, and the one who slipped through is found")
    func findsWhoSlippedThrough() async throws {
        let directory = Directory(Self.names(100), showsTotal: false) { page, names in
            if page == 3 { names.removeFirst() }
        }
        let counts = try await withCSA(adjust: { $0.personPageSize = 20 }) {
            directory.answer($0)
        } _: { (client, _) async throws in
            try await client.pendingCounts(of: Documents.organization)
        }
        #expect(counts.persons.map(\.userName) == Array(Self.names(100).dropFirst()))
    }

    @Test func followsAServerThatCapsItsPages() async throws {
        let directory = Directory(Self.names(95), pageSizeMax: 30, showsTotal: false)
        let counts = try await withCSA {
            directory.answer($0)
        } _: { (client, _) async throws in
            try await client.pendingCounts(of: Documents.organization)
        }
        #expect(counts.persons.count == 95)
    }

    @Test func givesUpAListThatNeverHoldsStill() async throws {
        let directory = Directory(Self.names(10)) { page, names in names.append("new\(page)") }
        let error = try await withCSA {
            directory.answer($0)
        } _: { (client, _) async throws in
            await csaError { try await client.pendingCounts(of: Documents.organization) }
        }
        #expect(error?.code == .unreadable && error?.message.contains("hold still") == true)
    }

    @Test func endsWhenPagingDoesNotMove() async throws {
        let page =
            #"{"@total_results":3,"members":[{"@self":"/p/1","userName":"a","ext":{"csa_pending_request_count":0,"#
            + #""csa_pending_subscription_count":0,"csa_paused_subscription_count":0}}]}"#
        let error = try await withCSA { _ in
            .json(page)
        } _: { (client, server) async throws in
            let error = await csaError { try await client.pendingCounts(of: Documents.organization) }
            #expect(server.seen.count == 2 * CSALimits.sweepCountMax)
            return error
        }
        #expect(error?.code == .unreadable)
    }

    @Test(
        "a count that is not there is no 0 unless so configured",
        arguments: [
            #"{"userName":"a","ext":{}}"#, #"{"userName":"a"}"#,
            #"{"userName":"a","ext":{"csa_pending_request_count":null}}"#,
        ])
    func readsAbsentCounts(member: String) async throws {
        for isZero in [false, true] {
            try await withCSA(adjust: { $0.switches.absentCountIsZero = isZero }) { _ in
                .json("{\"members\":[\(member)]}")
            } _: { (client, _) async throws in
                let error = await csaError { try await client.pendingCounts(of: Documents.organization) }
                #expect(error?.code == (isZero ? nil : .unreadable))
            }
        }
    }

    @Test(arguments: [
        #"{"members":{}}"#, "[]", #"{"members":[1]}"#, #"{"members":[{"ext":{}}]}"#,
        #"{"members":[{"userName":"a","ext":{"csa_pending_request_count":-1}}]}"#,
        #"{"members":[{"userName":"a","ext":{"csa_pending_request_count":1.5}}]}"#, "{", "<ok/>",
    ])
    func refusesAnotherShape(body: String) async throws {
        let error = try await withCSA(adjust: { $0.switches.absentCountIsZero = true }) { _ in
            .json(body)
        } _: { (client, _) async throws in
            await csaError { try await client.pendingCounts(of: Documents.organization) }
        }
        #expect(error?.code == .unreadable)
    }
}
