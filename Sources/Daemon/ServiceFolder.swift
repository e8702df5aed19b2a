import Intake
import Outbox
import Specification
import SystemPackage

/// A watched folder as one version of the configuration describes it.
struct ServiceFolder: Sendable {
    let input: FilePath
    let output: FilePath
    let done: FilePath
    let failed: FilePath
    let root: FilePath
    let pipelineFile: FilePath
    let filter: PathFilter
    let isRecursive: Bool
    let originals: ServiceConfiguration.Originals
    let settle: Duration
    let isPolled: Bool
    let priority: Int
    let onConflict: ConflictPolicy
    let limits: ServiceConfiguration.Limits

    init(
        _ folder: ServiceConfiguration.WatchedFolder, limits: ServiceConfiguration.Limits
    ) {
        input = FilePath(folder.input).lexicallyNormalized()
        output = FilePath(folder.output).lexicallyNormalized()
        done = FilePath(folder.done).lexicallyNormalized()
        failed = FilePath(folder.failed).lexicallyNormalized()
        root = FilePath(folder.root).lexicallyNormalized()
        pipelineFile = FilePath(folder.pipeline)
        filter = folder.filter
        isRecursive = folder.isRecursive
        originals = folder.originals
        settle = folder.settle
        isPolled = folder.watch == .poll
        priority = folder.priority
        onConflict = ConflictPolicy(folder.onConflict)
        self.limits = limits
    }

    var matcher: PathMatcher {
        PathMatcher(filter, isRecursive: isRecursive)
    }

    /// The folders that the service itself puts files into.
    var targets: [FolderRole] {
        [
            FolderRole(name: "out", path: output), FolderRole(name: "done", path: done),
            FolderRole(name: "failed", path: failed),
        ]
    }
}

extension PathMatcher {
    /// The configuration's patterns as the intake asks them.
    init(_ filter: PathFilter, isRecursive: Bool) {
        self.init(
            includes: { path in
                if case .notIncluded = filter.decision(forFile: path.bytes) { false } else { true }
            },
            excludes: { path in
                if case .excluded = filter.decision(forFile: path.bytes) { true } else { false }
            }, isRecursive: isRecursive)
    }
}

extension ConflictPolicy {
    init(_ choice: ServiceConfiguration.OnConflict) {
        self =
            switch choice {
            case .fail: .fail
            case .replace: .replace
            case .number: .number
            case .skip: .skip
            }
    }
}
