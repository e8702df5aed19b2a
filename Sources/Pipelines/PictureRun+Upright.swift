import Codecs
import Dataflow
import Operations

extension PictureRun {
    /// Where steps turn the picture by what is found in it: finds that first, in a run of its own of what comes before,
    /// and makes the plan anew with it.
    func turnUpright(_ context: RunContext) throws {
        var turns: [String: Int] = [:]
        for (index, step) in pipeline.steps.enumerated() {
            guard case .operation(let operation) = step.action, operation is Upright else { continue }
            try context.checkCancellation()
            let before = try PicturePlan(
                pipeline.prefix(index), for: plan.traits, rewrites: options.rewrites, quarterTurns: turns)
            let look = RunContext(workers: context.workers, checkCancellation: context.checkCancellation)
            do {
                try before.graph.run(
                    sources: try sources(of: before, reusing: nil).map { .stream($0) }, sinks: [], options: options.cut,
                    context: look)
            } catch let failure as StepError {
                throw PictureError(failure.error, step: failure.key)
            }
            let finder = pipeline.steps[..<index].first { !Set($0.results).isDisjoint(with: step.inputs.dropFirst()) }
            let found = look.findings.last { $0.key == finder?.label }?.value as? any Finding
            let turn = Upright.turn(label: found?.label)
            if turn == nil { unsureSteps.insert(step.label) }
            turns[step.label] = turn ?? 0
        }
        guard !turns.isEmpty else { return }
        try replan(quarterTurns: turns)
    }
}

extension Pipeline {
    /// The steps before one of them, without those that write.
    fileprivate func prefix(_ count: Int) -> Pipeline {
        var result = self
        result.steps = steps.prefix(count).filter { if case .operation = $0.action { true } else { $0.number == 1 } }
        return result
    }
}
