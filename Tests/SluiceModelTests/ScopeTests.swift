import SluiceModel
import SluiceTestKit
import Testing

@Suite struct ScopeTests {
    // MARK: Globs

    /// The obvious way: backtracking over bytes.
    private static func naive(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
        guard let first = pattern.first else { return path.isEmpty }
        let rest = pattern.dropFirst()
        if first == UInt8(ascii: "*") {
            let isDeep = rest.first == UInt8(ascii: "*")
            let after = isDeep ? rest.drop { $0 == UInt8(ascii: "*") } : rest
            var tail = path
            while true {
                if naive(after, tail) { return true }
                guard let byte = tail.first, isDeep || byte != UInt8(ascii: "/") else { return false }
                tail = tail.dropFirst()
            }
        }
        guard let byte = path.first else { return false }
        guard first == UInt8(ascii: "?") ? byte != UInt8(ascii: "/") : byte == first else { return false }
        return naive(rest, path.dropFirst())
    }

    @Test func globsAgreeWithABacktrackingMatcher() throws {
        var generator = SeededGenerator(seed: 5)
        let patternBytes = Array("ab/*?*/".utf8)
        let pathBytes = Array("ab/".utf8)
        var hits = 0
        for _ in 0..<20_000 {
            let pattern = (0..<Int.random(in: 1...7, using: &generator)).map { _ in
                patternBytes.randomElement(using: &generator)!
            }
            let path = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                pathBytes.randomElement(using: &generator)!
            }
            let glob = try #require(PathGlob(String(decoding: pattern, as: UTF8.self)))
            let expected = Self.naive(pattern[...], path[...])
            if expected { hits += 1 }
            #expect(glob.matches(String(decoding: path, as: UTF8.self)) == expected, "\(glob) \(path)")
        }
        #expect(hits > 1000)
    }

    @Test(
        arguments: [
            ("Library/*", "Library/Nightly", true), ("Library/*", "Library/A/B", false),
            ("Library/**", "Library/A/B", true),
            ("**/Nightly", "Library/A/Nightly", true), ("Library/N?ghtly", "Library/Nightly", true),
            ("Library/?", "Library//", false), ("library/*", "Library/x", false), ("*", "", true), ("?", "", false),
            ("a[b]", "a[b]", true), ("a.b", "axb", false),
        ] as [(String, String, Bool)])
    func globsMatchWithinAndAcrossFolders(pattern: String, path: String, isMatch: Bool) {
        #expect(PathGlob(pattern)?.matches(path) == isMatch)
    }

    @Test func aHostileGlobCostsPatternTimesPathAndNoMore() {
        let glob = PathGlob(String(repeating: "*a", count: 250))
        #expect(glob?.matches(String(repeating: "a", count: 500) + "b") == false)
    }

    @Test func globsHaveALength() {
        #expect(PathGlob("") == nil)
        #expect(PathGlob(String(repeating: "a", count: 512)) != nil)
        #expect(PathGlob(String(repeating: "a", count: 513)) == nil)
    }

    // MARK: Text

    @Test(arguments: [
        Scope.flow(.fixture), .path(PathGlob("Library/**:x")!), .contentPack("base: content"),
        .source(.resourcePoolSync),
        .tenant(TenantID("a:b")),
    ])
    func readsBackWhatItWrites(scope: Scope) {
        #expect(Scope(scope.description) == scope)
    }

    @Test(arguments: ["", "flow", "flow:", ":x", "source:cron", "Flow:x", "path:", "whole:x", " flow:x"])
    func refusesOtherTexts(text: String) {
        #expect(Scope(text) == nil)
    }

    // MARK: Narrowest first

    @Test func theNarrowestScopeWinsWhateverTheOrder() throws {
        var request = LaunchRequest.fixture(source: .csa)
        request.flowPath = "Library/CSA/Order"
        request.tenant = TenantID("blue")
        let scopes: [Scope] = [
            .flow(.fixture), .path(PathGlob("Library/CSA/Order")!), .path(PathGlob("Library/CSA/*")!),
            .path(PathGlob("Library/**")!), .contentPack("csa"), .source(.csa), .tenant(TenantID("blue")),
        ]
        var generator = SeededGenerator(seed: 1)
        for first in scopes.indices {
            for _ in 0..<20 {
                var record = GateRecord.fixture(.open)
                record.scopes = scopes[first...].shuffled(using: &generator).enumerated().map { index, scope in
                    ScopeMode(
                        scope: scope, mode: scope == scopes[first] ? .hold : .open,
                        since: Timestamp(milliseconds: Int64(index)), by: .sluice, reason: "r")
                }
                #expect(record.mode(for: request, contentPack: "csa").scope == scopes[first])
            }
        }
        var other = LaunchRequest.fixture(flow: FlowID("other"))
        other.flowPath = "Elsewhere"
        var record = GateRecord.fixture(.open)
        record.scopes = scopes.map { ScopeMode(scope: $0, mode: .hold, since: .zero, by: .sluice, reason: "r") }
        #expect(record.mode(for: other, contentPack: nil).scope == nil)
    }

    @Test func ofTwoGlobsAsNarrowTheOneSetLaterWins() {
        var request = LaunchRequest.fixture()
        request.flowPath = "ab"
        for isFirstLater in [true, false] {
            var record = GateRecord.fixture(.open)
            record.scopes = [("a*", isFirstLater ? 2 : 1), ("*b", isFirstLater ? 1 : 2)].map {
                ScopeMode(
                    scope: .path(PathGlob($0.0)!), mode: .hold, since: Timestamp(milliseconds: $0.1), by: .sluice,
                    reason: "r")
            }
            #expect(record.mode(for: request, contentPack: nil).scope == .path(PathGlob(isFirstLater ? "a*" : "*b")!))
        }
    }

    @Test func allowRulesNeedEveryConditionAndAtLeastOne() {
        var request = LaunchRequest.fixture(source: .ui)
        request.flowPath = "Library/Health"
        let me = Principal("me")
        let table: [(AllowRule, Bool)] = [
            (AllowRule(name: "none"), false),
            (AllowRule(name: "r", flow: .fixture), true),
            (AllowRule(name: "r", flow: FlowID("x")), false),
            (AllowRule(name: "r", path: PathGlob("Library/*")), true),
            (AllowRule(name: "r", path: PathGlob("Other/*")), false),
            (AllowRule(name: "r", source: .ui), true),
            (AllowRule(name: "r", source: .api), false),
            (AllowRule(name: "r", requester: me), true),
            (AllowRule(name: "r", requester: Principal("you")), false),
            (AllowRule(name: "r", flow: .fixture, path: PathGlob("Library/*"), source: .ui, requester: me), true),
            (AllowRule(name: "r", flow: .fixture, requester: Principal("you")), false),
        ]
        for (rule, isMatch) in table { #expect(rule.matches(request, by: me) == isMatch, "\(rule)") }
        request.flowPath = nil
        #expect(!AllowRule(name: "r", path: PathGlob("**")).matches(request, by: me))
    }
}
