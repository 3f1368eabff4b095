// Leads imports of the AWS SDK, which Lambda brings along and this machine has not, to the account in memory.

export const resolve = (specifier, context, next) => {
  const client = /^@aws-sdk\/(client-[a-z0-9-]+)$/.exec(specifier)?.[1];
  return client ? next(new URL(`../sdk/${client}.mjs`, import.meta.url).href) : next(specifier, context);
};
