internal import SluiceXML

/// Finds where the detail of an offering names the policies that are assigned to it: no document says (csa-api.md 4.3).
///
/// Whatever element holds the id of a policy is a candidate; the one that most offerings show is it.
public struct PolicyPathSearch: Sendable {
    /// A place, and what is seen there.
    public struct Candidate: Hashable, Sendable {
        /// Names of elements below the offering's own, as `csa.policyElement` takes them: `approvalPolicy/id`.
        public var path: String
        /// Offerings that show an id there.
        public var offeringCount: Int
        /// The most ids that one of them shows there: more than one tells that each action has its own.
        public var idCountMax: Int
    }

    /// Offerings that could be read.
    public private(set) var offeringCount = 0
    /// Those that show an id anywhere.
    public private(set) var tellingCount = 0
    private var found: [String: Candidate] = [:]

    /// Places that are remembered; an offering with more than that is odd, and the rest is left out.
    static let candidateCountMax = 200

    public init() {}

    /// - Parameters:
    ///   - record: The text of an offering (`CSAOffering.record`); what is not XML is left out.
    ///   - ids: The ids of all policies that there are.
    public mutating func look(at record: String, for ids: Set<String>) {
        guard let root = try? XMLReader.read(record) else { return }
        offeringCount += 1
        var counts: [String: Int] = [:]
        PolicyPathSearch.walk(root, path: [], ids, &counts)
        if !counts.isEmpty { tellingCount += 1 }
        for path in counts.keys.sorted() where found[path] != nil || found.count < PolicyPathSearch.candidateCountMax {
            var candidate = found[path] ?? Candidate(path: path, offeringCount: 0, idCountMax: 0)
            candidate.offeringCount += 1
            candidate.idCountMax = max(candidate.idCountMax, counts[path] ?? 0)
            found[path] = candidate
        }
    }

    /// The reader bounds how deep an element is.
    private static func walk(
        _ element: XMLElement, path: [String], _ ids: Set<String>, _ counts: inout [String: Int]
    ) {
        for child in element.children {
            let inner = path + [String(child.localName)]
            if child.children.isEmpty {
                if ids.contains(child.text) { counts[inner.joined(separator: "/"), default: 0] += 1 }
            } else {
                walk(child, path: inner, ids, &counts)
            }
        }
    }

    /// The places, the best first: shown by most offerings, then by the name `id`, then the shortest.
    public var candidates: [Candidate] {
        found.values.sorted { left, right in
            func rank(_ candidate: Candidate) -> (Int, Int, Int, String) {
                let isID = candidate.path == "id" || candidate.path.hasSuffix("/id")
                return (-candidate.offeringCount, isID ? 0 : 1, candidate.path.utf8.count, candidate.path)
            }
            return rank(left) < rank(right)
        }
    }
}
