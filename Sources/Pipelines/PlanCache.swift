import Operations
import Scheduling

/// The plans of one pipeline for the pictures that came last: many small files of one size need one plan.
final class PlanCache: Sendable {
    private struct Key: Hashable {
        let traits: PictureTraits
        let rewrites: Set<Rewrite>
        let isTapped: Bool
    }

    private static let capacity = 16

    /// The latest last.
    private let plans = Guarded<[(key: Key, plan: PicturePlan)]>([])

    func plan(
        _ pipeline: Pipeline, for traits: PictureTraits, _ options: PictureOptions
    ) throws(PictureError) -> PicturePlan {
        let key = Key(traits: traits, rewrites: options.rewrites, isTapped: options.isTapped)
        if let known = plans.withLock({ plans in plans.last { $0.key == key }?.plan }) { return known }
        let plan = try PicturePlan(pipeline, for: traits, rewrites: options.rewrites, isTapped: options.isTapped)
        plans.withLock { plans in
            if plans.count == Self.capacity { plans.removeFirst() }
            plans.append((key, plan))
        }
        return plan
    }
}
