extension SluiceConfiguration {
    /// A file with every key, its default and what it does. Loads without a remark and changes nothing.
    public static let sampleYAML = """
        # sluice.yaml. Every key may be left out: what stands here is its default.
        # Each key is also an environment variable, which wins: central.pollSeconds is SLUICE_CENTRAL_POLL_SECONDS.
        # Secrets never stand here: they are in files, or in SLUICE_KEY, SLUICE_CENTRAL_PASSWORD,
        # SLUICE_CSA_PASSWORD, SLUICE_CSA_TOKEN_PASSWORD, SLUICE_CSA_DATABASE_PASSWORD and SLUICE_STORE_PASSWORD.

        listen: 127.0.0.1:8470

        store:
          path: ./sluice-data/sluice.db       # or url: sqlite:PATH, or url: postgres://USER@HOST/DATABASE
          # passwordFile: ./store.password
          acceptLoss: false                   # true: run on a PostgreSQL that can lose acknowledged holds
          writers: 3                          # connections to PostgreSQL that commit
          readers: 4                          # and that read

        replicas:                             # of several that share a PostgreSQL
          # name: gate-1                      # the machine's name, if none is given
          leaseSeconds: 3                     # a close waits so long for a replica that hangs
          leaderLeaseSeconds: 60              # after how long another takes over from a leader that crashed

        key:
          file: ./sluice-data/sluice.key      # made at the first start; keep a copy apart from the database

        auth:
          gateTokenFile: ./sluice-data/gate.token          # who may ask the gate
          operatorTokenFile: ./sluice-data/operator.token  # who may close it and release
          insecureLoopback: false                          # true: this machine needs no token

        central:
          # Without url Sluice launches nothing itself; what it should launch stays held.
          # url: https://central.example:8443/oo
          # username: svc-sluice
          # passwordFile: ./central.password
          # caFile: ./ca.pem
          dialect: v2                         # v1, v2 or latest
          timeoutSeconds: 30
          pollSeconds: 5                      # how often running launches are looked at
          listPageSize: 200
          listingLagSeconds: 60               # how late an execution may appear in Central's list
          catchUp: unknown                    # what Central launches for missed times: none, once or unknown
          catchUpSeconds: 30                  # how long we look for it, if it is unknown
          thawMilliseconds: 1000              # between two schedules that are enabled again
          occurrencesMeanRepeats: false       # true: a schedule with N occurrences fires N + 1 times
          # relaunchAfterSeconds: 3600        # without it, an operator decides about launches without a trace

        csa:
          # Without url there is no CSA: maintenances are of OO alone.
          # url: https://csa.example:8444/csa
          # username: svc-sluice
          # passwordFile: ./csa.password
          organization: CSA-Provider          # that the account belongs to, by its key
          # tokenUsername: idmTransportUser   # who asks for tokens, if not username
          # tokenPasswordFile: ./csa-token.password
          # caFile: ./ca.pem
          timeoutSeconds: 30
          pollSeconds: 15                     # how often a drain looks at it
          timeZone: UTC                       # of CSA's server, such as Europe/Berlin
          sharedCatalog: 90d9650a36988e5d0136988f03ab000f  # the Global Shared Catalog
          # How this CSA behaves where no document says it; sluice doctor finds out:
          assignment: auto                    # how the assignment of policies is spelled: auto, 4.00 or 4.90
          # policyElement: approvalPolicy/id  # where an offering names its policy; else that cannot be read back
          fullPolicy: true                    # false: a PUT takes only the documented elements of a policy
          reevaluatesTimer: false             # true: CSA decides parked requests once their policy is automatic again
          staleLogin: missing                 # or unauthorized: what it answers to a person's id of before a restart
          absentCountIsZero: false            # true: a count that it leaves out is 0
          basicBesideToken: false             # true: calls with a token carry HTTP Basic as well
          subscriptions: legacy               # or mpp: where a person's subscriptions are read
          endedLaunches: answer               # or leave: CSA is told when a launch of its own ends without having run
          # databaseUrl: postgres://sluice_ro@csadb.example/csa   # CSA's PostgreSQL, which drains read as well
          # databasePasswordFile: ./csa-database.password
          databaseTransitions: orders         # or all: changes and cancellations, too
        facade:                               # in front of Central, at its own path (docs/facade.md)
          enabled: false                      # true: Sluice serves /oo/**
          requesters: []                      # whose launches are taken for what, and how long they wait, such as
          # - {user: svc-csa, source: csa, patienceSeconds: 43200}
          # - {user: "jenkins*", source: api}
          virtualIdBase: 9000000000000000     # virtual execution ids begin behind it
          # publicUrl: https://oo.example     # as clients see it; without it, as their Host says
          keepHost: false                     # true: Central is shown the client's Host
          oldRuns: false                      # true: /PAS/** of OO 9 is served too
          verifyPath: /v2/executions?pageSize=1&pageNum=1  # a read below /rest that needs a login
          verifySeconds: 60                   # how long a caller that Central knows is not asked for again
          trustSeconds: 86400                 # how long one is trusted while Central is down
          retryAfterSeconds: 60               # what a refused caller is told to wait
          idleSeconds: 300                    # longest silence of Central's
          connections: 256                    # to Central
          mergeBytes: 16777216                # of an answer of Central's that virtual executions are put into

        packs: []                             # content packs: jars, zips or project trees

        gate:
          initialMode: open                   # of a fresh store: open or hold
          startWindowSeconds: 60              # how long after "proceed" a launch may start
          validForSeconds: 2                  # how long an answer holds for whoever asked
          keepSecrets: true                   # false: launches with secrets cannot be held
          sensitivePatterns: ["*password*", "*secret*", "*token*"]

        idempotency:
          retentionHours: 168

        passes:
          admissionDays: 7
          unnamedSeconds: 604800              # of an execution without a runId: nobody knows when it ends

        holds:
          coalesceWaiting: never              # or answered: who waits is told which launch stands for theirs
          retentionDays: 90                   # of holds whose life is over; one that waits is never deleted

        callbacks:
          allow: []                           # hosts, *.domains, addresses, ranges; empty: nobody is called back
          secretFile: ./sluice-data/callback.secret  # signs each message; made at the first start
          insecureHttp: false
          source: urn:sluice                  # names this Sluice in each message

        rules:
          allow: []
          # - name: health check              # each needs a name and one of flow, path, source, requester
          #   path: Library/Health/**
          #   requester: gate

        release:
          ratePerMinute: 600
          ceiling: 50                         # executions at the same time
          attemptsMax: 8
          backoffSeconds: 2
          backoffMaxSeconds: 300
          canaryCount: 0                      # launches that must end well before any other starts; 0: no canary
          # canaryFlow: ID                    # only launches of this flow are canaries
          canaryTimeoutSeconds: 900
          rampFromPercent: 100                # the part of rate and ceiling that it begins with; 100: no ramp
          rampFactorPercent: 200              # each rise doubles it
          # rampStepPercent: 10               # instead: each rise adds so much of the whole
          rampEveryWellEnded: 10              # launches that must have ended well for each rise
          breakerSharePercent: 50             # the breaker opens above this share of failures; 100: never
          breakerWindow: 20                   # among so many that ended last
          breakerMinimum: 10                  # of which so many must have ended
          # breakerHistoryMarginPercent: 20   # how much more often than before the release a flow may fail
          tenantSlice: 10                     # holds of one tenant in a row
          strandedKeys: wait                  # or go-on: what others of a key do when its head awaits the operator
          identity: await-operator            # or launch: flows that read the identity of whoever runs them

        drain:
          pollSeconds: 10                     # between two looks at what is running
          quietLooks: 3                       # so many in a row must find nothing
          settleSeconds: 60                   # and for so long
          sweepMinutes: 10                    # between two readings of Central's whole list
          stuckMinutes: 30                    # without a step for so long, what is slow counts as stuck
          parkedBlocks: true                  # whether what is parked at its gate step must end or be waived
          accountSees: detect                 # whose executions our account sees: detect, everything or own
          exempt: []                          # patterns over paths and ids of flows that are never waited for
          # oldestDays: 365                   # executions that began longer ago are not looked for

        limits:
          bodyBytes: 1048576
          packBytes: 268435456                # of a content pack that is sent
          holdFileBytes: 1073741824           # of a file of exported holds that is sent
          pendingAsks: 10000
          pluginChainMilliseconds: 1000       # how long a launch waits for all plugins together

        schedules:
          files: []                           # schedule files that forecasts look at, beside Central's schedules
          zone: UTC                           # of what names none in them, such as Europe/Berlin
          unsafeToMiss: []                    # patterns over the names of schedules that must not miss a time
          flows: []                           # which flow a job launches, first match wins: one of
          # - dataKey: flowUuid               # the value of this key of the job's data
          # - {name: "oo.run-*", flow: $1}    # jobs by a pattern, $1 is what the first star stands for
          # - {class: com.acme.X, flow: ID}   # jobs of a class
          policy: latest                      # of missed times: skip, latest, all, or not-older-than 2h
          policies: []                        # the same for some schedules, first match wins, such as
          # - {name: "hourly-*", policy: skip}
          # - {path: "Library/Billing/**", policy: all, unsafeToMiss: true}

        windows:
          blackouts: []                       # iCalendar files: no maintenance may begin in their events

        plugins: []                           # asked about launches in this order (docs/plugins.md), such as
        # - kind: resource-pool-sync
        #   onFault: skip                     # when it fails, the launch goes on; or hold, or reject
        #   settings: {poolInput: CSA_CONTEXT_ID}
        # - kind: csa-lifecycle               # when: which launches it is asked about; a gate step says "flow"
        #   when: [{source: csa}, {source: future-order}, {path: "Library/CSA/**"}]

        fence:                                # what `sluice fence nginx` and `sluice fence haproxy` write
          sluice: 127.0.0.1:8470              # where the proxy reaches Sluice
          # csaListen: 0.0.0.0:8444           # each system that is to be fenced: where the proxy takes its requests,
          # csaUpstream: https://csa.internal:8444      # and where it really is
          # portalListen: 0.0.0.0:8089
          # portalUpstream: https://csa.internal:8089
          # centralListen: 0.0.0.0:8443
          # centralUpstream: https://central.internal:8443
          # certificateFile: /etc/ssl/fence.pem         # what clients see
          # certificateKeyFile: /etc/ssl/fence.pem.key
          caFile: /etc/ssl/certs/ca-certificates.crt  # what the systems' certificates are checked against
          ooAddresses: []                     # of Central and its workers, whose flows call CSA back
          # callbackAccount: ooInboundUser    # or whoever else calls with this account and no session
          controllerAddresses: []             # of Sluice itself: passes always
          keepSeconds: 30                     # how long the last answer counts while Sluice is silent
          cacheFolder: /var/lib/nginx/sluice-fence

        log:
          level: info                         # trace, debug, info, notice, warning, error or critical

        """
}
