import Intake
import Logging
import Scheduling
import SystemPackage

// The configuration, first and again.
extension Service {
    /// Takes a configuration over, and returns what the watcher has to know of it.
    func adopt(_ loaded: LoadedConfiguration) -> [WatchedRoot] {
        state.withLock { state in
            var old = state.folders
            state.folders = [:]
            var next = (old.keys.map(\.number).max() ?? -1) + 1
            for (folder, pipeline) in loaded.folders {
                let known = old.first { $0.value.definition.input == folder.input }
                let id = known?.key ?? RootID(next)
                if known == nil { next += 1 }
                old[id] = nil
                if var runtime = known?.value, runtime.definition.priority == folder.priority {
                    runtime.definition = folder
                    runtime.pipeline = pipeline
                    state.folders[id] = runtime
                } else {
                    let queue = scheduler.makeQueue(name: folder.input.string, priority: folder.priority)
                    state.folders[id] = FolderRuntime(definition: folder, pipeline: pipeline, queue: queue)
                    state.folders[id]?.isScanned = known?.value.isScanned ?? false
                }
            }
            // What is in work goes on; what is ready waits for the folder's return.
            for id in old.keys { state.dispatcher.remove(id) }
            state.hasNews = true
            let targets = Set(
                loaded.layout.folders.flatMap(\.targets).compactMap { DroppedFile.folderIdentity($0.path) })
            return state.folders.map { id, runtime in
                let folder = runtime.definition
                return WatchedRoot(
                    id: id, path: folder.input, mode: folder.isPolled ? .polling : .automatic,
                    rule: SettleTracker.Rule(quiet: folder.settle),
                    matcher: folder.matcher, forbidden: targets)
            }
        }
    }

    /// Reads the files again; a fault leaves everything as it is.
    func reload(_ steering: inout Steering) {
        let known = Set(steering.loaded.layout.folders.map(\.input))
        let loaded: LoadedConfiguration
        do {
            loaded = try LoadedConfiguration.load(options.configuration, version: options.version)
            try StartUp.prepareFolders(loaded.layout, known: known)
            try StartUp.lock(loaded.layout, with: lock)
        } catch {
            let text: String
            switch error {
            case let fault as ConfigurationFault: text = fault.text
            case let failure as StartFailure: text = failure.message
            default: text = "\(error)"
            }
            refuse(text, &steering)
            return
        }
        let old = steering.loaded.layout.configuration
        if old.state != loaded.layout.configuration.state || old.workers != loaded.layout.configuration.workers
            || old.memory != loaded.layout.configuration.memory
        {
            log.warning("state, workers and memory take effect with the next start")
        }
        StartUp.finish(loaded.layout, ledger, log) { !known.contains($0.input) }
        steering.loaded = loaded
        state.withLock { $0.reloadFault = nil }
        watcher.withLock { $0 }?.setRoots(adopt(loaded))
        log.notice("reloaded: \(loaded.folders.count) folders")
    }

    private func refuse(_ text: String, _ steering: inout Steering) {
        // The faulty files count as read, so that the fault is told once.
        steering.loaded = steering.loaded.withCurrentStamps()
        let isNews = state.withLock { state in
            defer { state.reloadFault = text }
            state.hasNews = state.hasNews || state.reloadFault != text
            return state.reloadFault != text
        }
        guard isNews else { return }
        log.error("the configuration stays as it was, because the new one is wrong:\n\(text)")
    }
}
