// The guide, "Task Misclassified": the type can be stated.
import { getDelegator, TaskType } from "allot";

const delegator = getDelegator();

const result = delegator.delegateTask("Fix the API endpoint", {
  taskType: TaskType.CODING, // Force coding classification
});
console.log(`${result.type} -> ${result.agent}, ${result.model}`);
