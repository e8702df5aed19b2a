import Dataflow
import Inference

extension Workers {
    /// The threads of a picture's run: a network takes shares of the same budget.
    init(_ workers: any ParallelWorkers) {
        self.init(width: workers.width) { count, body in
            do {
                try workers.parallelFor(count) { body($0) }
                return true
            } catch {
                return false
            }
        }
    }
}
