/// All that survives a restart of the sandbox's CSA, as its database would; the state file is this.
///
/// Passwords are in it in clear: the file is written 0600.
struct CSAData: Codable, Sendable {
    var format = 1
    var settings: CSASettings
    var accounts: [CSAConfiguration.Account]
    var organizations = CSATable<CSAOrganization>()
    var persons = CSATable<CSAPerson>()
    var definitions = CSATable<CSAProcessDefinition>()
    var policies = CSATable<CSAPolicy>()
    var catalogs = CSATable<CSACatalog>()
    var offerings = CSATable<CSAOffering>()
    var pools = CSATable<CSAPool>()
    var requests = CSATable<CSAServiceRequest>()
    var approvals = CSATable<CSAApproval>()
    var subscriptions = CSATable<CSASubscription>()
    var instances = CSATable<CSAInstance>()
    var records = CSATable<CSARecord>()
    var processes = CSATable<CSAProcess>()
    /// Wrong passwords in a row, by user.
    var wrongPasswords: [String: Int] = [:]
    var random: SeededGenerator
    var counts = Counts()

    /// Running totals for the control endpoint.
    struct Counts: Codable, Hashable, Sendable {
        var launches = 0
        var refusedLaunches = 0
        var unansweredLaunches = 0
        var callbacks = 0
        var refusedCallbacks = 0
        var notifications = 0
        var droppedConnections = 0
        var refusedLogins = 0
    }
}
