import Intake
import Logging
import Outbox
import Scheduling

// What the workers do, and what follows from it.
extension Service {
    /// Gives ready files to the workers, as many as the dispatcher lets go.
    func fill() {
        let started = state.withLock { state -> [(ReadyFile, WorkQueue)] in
            guard !state.isStopping else { return [] }
            let now = ContinuousClock().now
            return state.dispatcher.start(at: now).compactMap { file in
                guard let folder = state.folders[file.key.root] else {
                    state.dispatcher.ended(file.key.root, isOutputWritable: nil)
                    return nil
                }
                state.running[file.key] = now
                state.hasNews = true
                let current = ReadyFile(
                    key: file.key, identity: file.identity, folder: folder.definition, pipeline: folder.pipeline,
                    isAlone: file.isAlone)
                return (current, folder.queue)
            }
        }
        for (file, queue) in started { begin(file, queue) }
    }

    private func begin(_ file: ReadyFile, _ queue: WorkQueue) {
        queue.addMeasured(
            name: PrintableName.escaped(file.key.path), timeLimit: .seconds(file.folder.limits.seconds),
            cancellation: cancellation,
            measure: { cancellation -> FileProcessor.Prepared? in
                switch self.processor.prepare(file, cancellation) {
                case .ended(let end):
                    self.ended(file, end)
                    return nil
                case .ready(let prepared): return prepared
                }
            },
            memory: \.memory,
            work: { prepared, cancellation in self.ended(file, self.processor.run(prepared, cancellation)) },
            abandoned: { self.ended(file, .abandoned(file.key)) })
    }

    private func ended(_ file: ReadyFile, _ end: FileEnd) {
        let outcome = state.withLock { state -> SettleTracker.Outcome? in
            state.running[file.key] = nil
            state.hasNews = true
            let outcome = self.outcome(of: file, end, &state)
            if case .retry = outcome {} else { state.backOffs[file.key] = nil }
            return outcome
        }
        if case .retry(let delay) = outcome { noteRetry(of: file, after: delay) }
        if let outcome { watcher.withLock { $0 }?.finish(file.key, outcome) }
        fill()
        ControlSignals.wake()
    }

    private func outcome(of file: ReadyFile, _ end: FileEnd, _ state: inout State) -> SettleTracker.Outcome? {
        let name = PrintableName.escaped(file.key.path)
        var isOutputWritable: Bool?
        defer { state.dispatcher.ended(file.key.root, isOutputWritable: isOutputWritable) }
        switch end {
        case .done(_, let fate):
            isOutputWritable = true
            state.done += 1
            log.info("\(name): done")
            return fate.outcome
        case .doneBefore(_, let fate):
            state.done += 1
            log.info("\(name): done before")
            return fate.outcome
        case .failed(_, let failure, let fate):
            state.failed += 1
            log.warning("\(name): \(failure.text)\(failure.hint.map { "; \($0)" } ?? "")")
            return fate.outcome
        case .postponed(_, let failure): return postponed(file, failure, &state)
        case .changed: return .changed
        case .vanished: return .left
        case .suspect(let file):
            state.dispatcher.addSuspect(file)
            return nil
        case .abandoned: return nil
        }
    }

    private func postponed(_ file: ReadyFile, _ failure: FileFailure, _ state: inout State) -> SettleTracker.Outcome {
        let name = PrintableName.escaped(file.key.path)
        let delay = state.backOffs[file.key, default: BackOff()].next()
        let tries = state.backOffs[file.key]?.failures ?? 1
        let text = "\(failure.text)\(failure.hint.map { "; \($0)" } ?? "")"
        if options.mode == .once, tries >= 3 || state.dispatcher.hasGivenUp(file.key.root) {
            state.failed += 1
            log.error("\(name): \(text); it stays where it is")
            return .concluded(file.identity)
        }
        let roots: [RootID]
        switch failure.scope {
        case .file:
            if tries == 1 || tries == 4 {
                log.warning("\(name): \(text); next try in \(delay.components.seconds) s")
            }
            return .retry(after: delay)
        case .folder: roots = [file.key.root]
        case .service: roots = Array(state.folders.keys)
        }
        var longest = Duration.zero
        var isNews = false
        for root in roots {
            let pause = state.dispatcher.pause(root, reason: failure.text, at: ContinuousClock().now)
            longest = max(longest, pause.rest)
            isNews = isNews || pause.isNew
        }
        if isNews {
            let waiting = state.dispatcher.readyCount + 1
            log.error("\(text). Paused, \(waiting) files wait; next try in \(longest.components.seconds) s")
        }
        return .retry(after: longest)
    }

    /// For people who ask; where the ledger cannot take it, it is what everything waits for.
    private func noteRetry(of file: ReadyFile, after delay: Duration) {
        let time = Ledger.now() + Int64(delay / .milliseconds(1))
        try? ledger.retries(file.key.path, in: file.folder.input, at: time)
    }

    func noteLedgerFault(_ error: LedgerError) {
        let text = "\(error)"
        let isNews = state.withLock { state in
            defer { state.ledgerFault = text }
            state.hasLostNews = true
            state.hasNews = true
            return state.ledgerFault != text
        }
        if isNews { log.error("\(text); files wait until it can be written") }
    }
}

extension Originals.Fate {
    fileprivate var outcome: SettleTracker.Outcome {
        switch self {
        case .left: .left
        case .stays(let identity): .concluded(identity)
        case .changed: .changed
        }
    }
}
