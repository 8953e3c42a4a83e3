/// What a CSA is filled with, in the form of `POST /control/seed`; names may stand for ids.
///
/// A row that is there already (by id, or by name within its owner) is replaced; unknown members are refused.
public struct CSASeed: Codable, Hashable, Sendable {
    public struct Organization: Codable, Hashable, Sendable {
        public var id: String?
        public var name: String
        public init(_ name: String, id: String? = nil) {
            self.id = id
            self.name = name
        }
    }

    public struct Person: Codable, Hashable, Sendable {
        public var id: String?
        public var userName: String
        public var organization: String
        /// For the portal (tokens of the identity service); nil: cannot log in.
        public var password: String?
        /// Whether the person was in the portal once; default true.
        public var hasLoggedIn: Bool?
        public init(_ userName: String, of organization: String, password: String? = nil, id: String? = nil) {
            self.id = id
            self.userName = userName
            self.organization = organization
            self.password = password
        }
    }

    /// A policy's settings, in the words of csa-api.md section 4.1.
    public struct Policy: Codable, Hashable, Sendable {
        public var id: String?
        public var organization: String
        public var kind: CSAPolicyKind
        public var displayName: String
        public var approvers: [String]?
        /// Distinguished name, of the group kind.
        public var group: String?
        /// Flow id, or name of a process definition, of the delegated kind.
        public var process: String?
        public var approvalLevel: Int64?
        public var minApprovalRequired: Int64?
        public var automaticApproval: Bool?
        public var automaticPeriodDuration: Int64?
        public var automaticApprovalDecision: String?
        public init(_ displayName: String, kind: CSAPolicyKind, of organization: String, id: String? = nil) {
            self.id = id
            self.organization = organization
            self.kind = kind
            self.displayName = displayName
        }
    }

    public struct Catalog: Codable, Hashable, Sendable {
        public var id: String?
        public var name: String
        /// Nil: the shared catalog, which takes no policies.
        public var organization: String?
        public var categories: [String]?
        public init(_ name: String, of organization: String?, categories: [String], id: String? = nil) {
            self.id = id
            self.name = name
            self.organization = organization
            self.categories = categories
        }
    }

    public struct Offering: Codable, Hashable, Sendable {
        public struct Publication: Codable, Hashable, Sendable {
            public var catalog: String
            public var category: String
            /// Policy by action: `ORDER`, `MODIFY_SUBSCRIPTION`.
            public var policies: [String: String]?
            public init(_ catalog: String, _ category: String, policies: [String: String] = [:]) {
                self.catalog = catalog
                self.category = category
                self.policies = policies
            }
        }

        public var id: String?
        public var name: String
        /// Flow id (or name of a process definition) by stage: `initialize`, `reserve`, `deploy`, `modify`,
        /// `undeploy`, `unreserve`, `uninitialize`, and `operation:NAME`; a stage without one runs inside CSA.
        public var flows: [String: String]?
        /// Of each process; 0 is never.
        public var timeoutSeconds: Int64?
        public var errorOnTimeout: Bool?
        public var publications: [Publication]?
        public init(_ name: String, flows: [String: String] = [:], publications: [Publication], id: String? = nil) {
            self.id = id
            self.name = name
            self.flows = flows
            self.publications = publications
        }
    }

    public struct Pool: Codable, Hashable, Sendable {
        public var id: String?
        public var name: String
        public var flow: String
        /// Nil: only by hand.
        public var syncIntervalMilliseconds: Int64?
        public init(_ name: String, flow: String, every interval: Int64? = nil, id: String? = nil) {
            self.id = id
            self.name = name
            self.flow = flow
            syncIntervalMilliseconds = interval
        }
    }

    /// An OO flow as CSA has it imported.
    public struct Process: Codable, Hashable, Sendable {
        public var id: String?
        public var name: String
        public var flow: String
        /// Given to each launch beside `CSA_PROCESS_ID` and `CSA_CONTEXT_ID`.
        public var inputs: [String: String]?
        public init(_ name: String, flow: String, inputs: [String: String] = [:], id: String? = nil) {
            self.id = id
            self.name = name
            self.flow = flow
            self.inputs = inputs
        }
    }

    public var organizations: [Organization]?
    public var persons: [Person]?
    public var processes: [Process]?
    public var policies: [Policy]?
    public var catalogs: [Catalog]?
    public var offerings: [Offering]?
    public var pools: [Pool]?

    public init() {}

    /// Reads the form of `POST /control/seed`; the error says in one line what is wrong.
    public static func read(fromJSON bytes: some Sequence<UInt8>) throws -> CSASeed {
        do {
            return try SandboxCodec.decodeStrictly(CSASeed.self, from: Array(bytes))
        } catch let refusal as CSARefusal {
            throw refusal
        } catch {
            throw CSARefusal(SandboxCodec.explain(error))
        }
    }
}

/// Why something was not taken into the sandbox's CSA, in words for its user.
public struct CSARefusal: Error, CustomStringConvertible, Hashable, Sendable {
    public let description: String
    init(_ description: String) { self.description = description }
}
